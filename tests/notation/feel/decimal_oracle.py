"""Answers with Python's decimal module: each input line `op a b`, each output line the exact result or `none`."""
import decimal
import fractions
import sys

context = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1,
                          traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow])
wide = decimal.Context(prec=150, rounding=decimal.ROUND_HALF_EVEN, Emin=-99999, Emax=99999)
MODES = {"half-even": decimal.ROUND_HALF_EVEN, "half-up": decimal.ROUND_HALF_UP, "half-down": decimal.ROUND_HALF_DOWN,
         "up": decimal.ROUND_UP, "down": decimal.ROUND_DOWN, "floor": decimal.ROUND_FLOOR, "ceiling": decimal.ROUND_CEILING}


def modulo(a, b):
    exact = decimal.Context(prec=14000, Emin=-99999, Emax=99999)
    remainder = exact.remainder(a, b)
    if remainder != 0 and (remainder < 0) != (b < 0):
        remainder = exact.add(remainder, b)
    return context.plus(remainder)


def together(op, text):
    """Sum, mean and sample deviation of many numbers, exact up to the last rounding."""
    numbers = [fractions.Fraction(decimal.Decimal(number)) for number in text.split(",")]
    total = sum(numbers)
    if op == "stddev":
        n = len(numbers)
        variance = (n * sum(x * x for x in numbers) - total * total) / (n * (n - 1))
        return context.plus(wide.sqrt(wide.divide(decimal.Decimal(variance.numerator), decimal.Decimal(variance.denominator))))
    if op == "mean":
        total /= len(numbers)
    return context.plus(wide.divide(decimal.Decimal(total.numerator), decimal.Decimal(total.denominator)))


def answer(op, a, b):
    if op == "add":
        return context.add(a, b)
    if op == "subtract":
        return context.subtract(a, b)
    if op == "multiply":
        return context.multiply(a, b)
    if op == "divide":
        return context.divide(a, b)
    if op == "modulo":
        return modulo(a, b)
    if op == "power":
        return context.plus(wide.power(a, b))
    if op == "sqrt":
        return context.sqrt(a)
    if op == "exp":
        return context.plus(wide.exp(a))
    if op == "ln":
        if a <= 0:
            raise decimal.InvalidOperation
        return context.plus(wide.ln(a))
    if op.startswith("round-"):
        return a.quantize(decimal.Decimal((0, (1,), -int(b))), rounding=MODES[op[6:]], context=wide)
    raise ValueError(op)


for line in sys.stdin:
    op, a, b = line.split()
    try:
        if op in ("sum", "mean", "stddev"):
            result = together(op, a)
        else:
            result = answer(op, context.create_decimal(a), context.create_decimal(b))
        sign, digits, exponent = result.as_tuple()
        coefficient = int("".join(map(str, digits)))
        while coefficient and coefficient % 10 == 0 and exponent < 6111:
            coefficient //= 10
            exponent += 1
        print(f"{'-' if sign and coefficient else ''}{coefficient}e{exponent if coefficient else 0}")
    except (decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow):
        print("none")
