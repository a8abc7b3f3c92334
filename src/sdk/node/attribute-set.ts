import type { Attributes } from '@opentelemetry/api';
import { encodeAttributes } from './protobuf.ts';

/** The numbers of the attributes' field in OTLP's data points. */
const attributesOfNumber = 7;
const attributesOfHistogram = 9;

/** Attributes and, from their first use on, their bytes in a data point. */
export class AttributeSet {
  readonly attributes: Attributes;
  #inNumber: Uint8Array | undefined;
  #inHistogram: Uint8Array | undefined;

  /** @param attributes - Those that are undefined are left out. */
  constructor(attributes: Attributes) {
    this.attributes = Object.fromEntries(
      Object.entries(attributes).filter(([, value]) => value !== undefined),
    );
  }

  /** As the fields of a NumberDataPoint. */
  get inNumber(): Uint8Array {
    this.#inNumber ??= encodeAttributes(attributesOfNumber, this.attributes);
    return this.#inNumber;
  }

  /** As the fields of a HistogramDataPoint. */
  get inHistogram(): Uint8Array {
    this.#inHistogram ??= encodeAttributes(attributesOfHistogram, this.attributes);
    return this.#inHistogram;
  }
}

export const noAttributes = new AttributeSet({});
