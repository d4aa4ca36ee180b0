import KernelSupport

/// The highest rate at which this run's threads move an array's elements, in bytes a second.
///
/// The array lies where its size puts it: in a cache or beyond. Each thread goes over its share of it
/// again and again, so no hand-over between threads is in the figure.
///
/// - Parameters:
///   - traffic: what is moved for every element.
///   - elements: the elements of the array, at least one for every thread.
func measuredBandwidth(_ traffic: Traffic, elements: Int) -> Double {
  var x = [Scalar](repeating: 1, count: elements)
  let y = [Scalar](repeating: 0, count: traffic.movesPerElement > 2 ? elements : 0)
  var second = [Scalar](repeating: 1, count: elements)
  var third = [Scalar](repeating: 1, count: elements)
  let share = (elements + Threads.count - 1) / Threads.count
  let passes = max(1, 4_000_000 / elements)
  let moved = elements * traffic.movesPerElement * MemoryLayout<Scalar>.stride
  var best = 0.0
  for _ in 0..<10 {
    let seconds = elapsedSeconds {
      var span = x.mutableSpan
      var second = second.mutableSpan
      var third = third.mutableSpan
      let other = y.span
      span.forEachBlock(of: share, with: &second, &third) { start, block, second, third in
        for _ in 0..<passes {
          switch traffic {
          case .read: read(&block)
          case .update: update(&block)
          case .combine: combine(&block, with: other.extracting(start..<start + block.count))
          case .combineTwo: combine(&block, &second, with: other, from: start)
          case .combineThree: combine(&block, &second, &third, with: other, from: start)
          }
        }
      }
    }
    best = max(best, Double(passes * moved) / seconds)
  }
  return best
}

/// Sums of bits may be taken in any order, which lets the compiler use all the lanes there are.
@inline(never)
private func read(_ x: inout MutableSpan<Scalar>) {
  var sum: Scalar.RawSignificand = 0
  for i in x.indices { sum &+= Scalar.RawSignificand(x[i].bitPattern) }
  x[0] = Scalar(sum & 1)
}

@inline(never)
private func update(_ x: inout MutableSpan<Scalar>) {
  for i in x.indices { x[i] = -x[i] }
}

@inline(never)
private func combine(_ x: inout MutableSpan<Scalar>, with y: Span<Scalar>) {
  for i in x.indices { x[i] += y[i] }
}

@inline(never)
private func combine(
  _ x: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, with y: Span<Scalar>,
  from start: Int
) {
  let y = y.extracting(start..<start + x.count)
  for i in x.indices {
    x[i] += y[i]
    second[i] += y[i]
  }
}

@inline(never)
private func combine(
  _ x: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>,
  _ third: inout MutableSpan<Scalar>, with y: Span<Scalar>, from start: Int
) {
  let y = y.extracting(start..<start + x.count)
  for i in x.indices {
    x[i] += y[i]
    second[i] += y[i]
    third[i] += y[i]
  }
}
