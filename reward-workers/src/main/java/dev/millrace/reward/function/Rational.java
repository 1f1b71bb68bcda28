package dev.millrace.reward.function;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * An exact fraction in lowest terms.
 *
 * @param denominator positive
 */
record Rational(BigInteger numerator, BigInteger denominator) {

  static final Rational ZERO = new Rational(BigInteger.ZERO, BigInteger.ONE);

  Rational {
    if (denominator.signum() == 0) {
      throw new ArithmeticException("a fraction with the denominator 0");
    }
    BigInteger divisor = numerator.gcd(denominator);
    if (denominator.signum() < 0) {
      divisor = divisor.negate();
    }
    numerator = numerator.divide(divisor);
    denominator = denominator.divide(divisor);
  }

  static Rational of(long value) {
    return new Rational(BigInteger.valueOf(value), BigInteger.ONE);
  }

  static Rational of(BigDecimal value) {
    return value.scale() <= 0
        ? new Rational(value.toBigIntegerExact(), BigInteger.ONE)
        : new Rational(value.unscaledValue(), BigInteger.TEN.pow(value.scale()));
  }

  Rational plus(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator));
  }

  Rational times(Rational other) {
    return new Rational(
        numerator.multiply(other.numerator), denominator.multiply(other.denominator));
  }

  Rational over(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator), denominator.multiply(other.numerator));
  }

  Rational negated() {
    return new Rational(numerator.negate(), denominator);
  }

  Rational magnitude() {
    return new Rational(numerator.abs(), denominator);
  }

  boolean isAtMost(Rational other) {
    return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator))
        <= 0;
  }

  /** Whether {@code |this - other| <= absolute + relative * |other|}. */
  boolean isNear(Rational other, Rational absolute, Rational relative) {
    Rational room = absolute.plus(relative.times(other.magnitude()));
    return plus(other.negated()).magnitude().isAtMost(room);
  }
}
