/** For --import: everybody in the process gets version 1.9 of the API, the oldest that the SDK runs on. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === '@opentelemetry/api' ? 'opentelemetry-api-1.9' : specifier, context),
});
