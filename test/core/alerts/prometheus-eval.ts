/** An alert as `rules/alerting.go` of Prometheus keeps it. */
interface Active {
  state: 'pending' | 'firing' | 'inactive';
  activeAt: number;
  firedAt: number;
  /** 0 is unset. */
  resolvedAt: number;
  keepFiringSince: number | undefined;
}

/**
 * One alert of a rule, evaluated as Prometheus 2.42 and newer do it: `AlertingRule.Eval`, line by line, with one
 * fingerprint and without the retention of what is resolved.
 */
export class PrometheusEval {
  readonly #holdDuration: number;
  readonly #keepFiringFor: number;
  active: Active | undefined;
  resolved: { firedAt: number; resolvedAt: number }[] = [];

  constructor(holdDuration: number, keepFiringFor: number) {
    this.#holdDuration = holdDuration;
    this.#keepFiringFor = keepFiringFor;
  }

  eval(ts: number, isInResult: boolean): void {
    if (isInResult && (this.active === undefined || this.active.state === 'inactive')) {
      this.active = { state: 'pending', activeAt: ts, firedAt: 0, resolvedAt: 0, keepFiringSince: undefined };
    }
    const a = this.active;
    if (a === undefined) return;
    if (isInResult) a.keepFiringSince = undefined;
    else {
      let keepFiring = false;
      if (a.state === 'firing' && this.#keepFiringFor > 0) {
        a.keepFiringSince ??= ts;
        if (ts - a.keepFiringSince < this.#keepFiringFor) keepFiring = true;
      }
      if (a.state === 'pending') this.active = undefined;
      if (a.state !== 'inactive' && !keepFiring) {
        if (a.state === 'firing') this.resolved.push({ firedAt: a.firedAt, resolvedAt: ts });
        a.state = 'inactive';
        a.resolvedAt = ts;
      }
      if (!keepFiring) return;
    }
    if (a.state === 'pending' && ts - a.activeAt >= this.#holdDuration) {
      a.state = 'firing';
      a.firedAt = ts;
    }
  }
}
