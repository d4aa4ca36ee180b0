import KernelSupport

/// The highest rate of multiplications and additions, in operations a second, on all of this run's
/// threads.
///
/// Twelve independent sums stay in registers, so nothing but the units for fused multiply-add bounds the
/// loop. Eight lanes are half a register on some machines and two on others, so sixteen are tried too,
/// and the best counts.
func measuredPeakArithmetic() -> Double {
  let steps = 1_000_000
  let lanes = [SIMD8<Scalar>.scalarCount, SIMD16<Scalar>.scalarCount]
  var sums = [Scalar](repeating: 0, count: Threads.count)
  var best = 0.0
  for _ in 0..<10 {
    for lanes in lanes {
      let seconds = elapsedSeconds {
        var span = sums.mutableSpan
        span.forEachBlock(of: 1) { _, sum in
          sum[0] += lanes == 8 ? sumOfEight(steps) : sumOfSixteen(steps)
        }
      }
      best = max(best, Double(2 * sumCount * lanes * steps * sums.count) / seconds)
    }
  }
  return best
}

/// Twice the latency of a fused multiply-add, at two a cycle, needs no more than ten.
private let sumCount = 12

@inline(never)
private func sumOfEight(_ steps: Int) -> Scalar {
  sumOfProducts(SIMD8<Scalar>(repeating: 1 / Scalar(steps)), steps).sum()
}

@inline(never)
private func sumOfSixteen(_ steps: Int) -> Scalar {
  sumOfProducts(SIMD16<Scalar>(repeating: 1 / Scalar(steps)), steps).sum()
}

@inline(__always)
private func sumOfProducts<V: SIMD>(_ x: V, _ steps: Int) -> V where V.Scalar == Scalar {
  // Different from the start: the compiler would make one of equal sums.
  var (a, b, c, d) = (x * 1, x * 2, x * 3, x * 4)
  var (e, f, g, h) = (x * 5, x * 6, x * 7, x * 8)
  var (i, j, k, l) = (x * 9, x * 10, x * 11, x * 12)
  for _ in 0..<steps {
    a.addProduct(x, x)
    b.addProduct(x, x)
    c.addProduct(x, x)
    d.addProduct(x, x)
    e.addProduct(x, x)
    f.addProduct(x, x)
    g.addProduct(x, x)
    h.addProduct(x, x)
    i.addProduct(x, x)
    j.addProduct(x, x)
    k.addProduct(x, x)
    l.addProduct(x, x)
  }
  return (a + b + c + d) + (e + f + g + h) + (i + j + k + l)
}
