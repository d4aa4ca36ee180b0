/// baseⁿ for n ≥ 0 by squaring: multiplications only, so the same bits on every machine.
func power(_ base: Double, _ n: Int) -> Double {
  var (result, square, n) = (1.0, base, n)
  while n > 0 {
    if !n.isMultiple(of: 2) { result *= square }
    square *= square
    n /= 2
  }
  return result
}
