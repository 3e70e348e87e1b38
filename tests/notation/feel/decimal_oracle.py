"""Answers with Python's decimal module: each input line `op a b`, each output line the exact result or `none`."""
import decimal
import sys

context = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1,
                          traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow])
wide = decimal.Context(prec=120, rounding=decimal.ROUND_HALF_EVEN, Emin=-99999, Emax=99999)
MODES = {"half-even": decimal.ROUND_HALF_EVEN, "half-up": decimal.ROUND_HALF_UP, "half-down": decimal.ROUND_HALF_DOWN,
         "up": decimal.ROUND_UP, "down": decimal.ROUND_DOWN, "floor": decimal.ROUND_FLOOR, "ceiling": decimal.ROUND_CEILING}


def modulo(a, b):
    exact = decimal.Context(prec=14000, Emin=-99999, Emax=99999)
    remainder = exact.remainder(a, b)
    if remainder != 0 and (remainder < 0) != (b < 0):
        remainder = exact.add(remainder, b)
    return context.plus(remainder)


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
    if op.startswith("round-"):
        return a.quantize(decimal.Decimal((0, (1,), -int(b))), rounding=MODES[op[6:]], context=wide)
    raise ValueError(op)


for line in sys.stdin:
    op, a, b = line.split()
    try:
        result = answer(op, context.create_decimal(a), context.create_decimal(b))
        sign, digits, exponent = result.as_tuple()
        coefficient = int("".join(map(str, digits)))
        while coefficient and coefficient % 10 == 0 and exponent < 6111:
            coefficient //= 10
            exponent += 1
        print(f"{'-' if sign and coefficient else ''}{coefficient}e{exponent if coefficient else 0}")
    except (decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow):
        print("none")
