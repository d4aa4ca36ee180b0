import KernelSupport

/// The highest rate at which this run's threads move an array's elements, in bytes a second.
///
/// The array lies where its size puts it: in a cache or beyond. Each thread goes over its share of it
/// again and again, so no hand-over between threads is in the figure. A vector that reaches over the end
/// of a cache line costs two accesses, and a load waits for a store to the same place in another page; so
/// several places are tried, and the best counts.
///
/// - Parameters:
///   - traffic: what is moved for every element.
///   - elements: the elements of the array, at least one for every thread.
func measuredBandwidth(_ traffic: Traffic, elements: Int) -> Double {
  let slack = 1024
  var x = [Scalar](repeating: 1, count: elements + slack)
  var second = x
  var third = x
  let y = x
  let share = (elements + Threads.count - 1) / Threads.count
  let passes = max(1, 2_000_000 / elements)
  let moved = elements * traffic.movesPerElement * MemoryLayout<Scalar>.stride
  var best = 0.0
  // Where the arrays begin: within a cache line, and how far apart they are within a page.
  for (start, apart) in [0, 4, 8, 12].flatMap({ start in [0, 272].map { (start, $0) } }) {
    for _ in 0..<4 {
      let seconds = elapsedSeconds {
        var span = x.mutableSpan
        var block = span._mutatingExtracting(start..<start + elements)
        var secondSpan = second.mutableSpan
        var second = secondSpan._mutatingExtracting(start..<start + elements)
        var thirdSpan = third.mutableSpan
        var third = thirdSpan._mutatingExtracting(start..<start + elements)
        let other = y.span.extracting(start + apart..<start + apart + elements)
        block.forEachBlock(of: share, with: &second, &third) { start, block, second, third in
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
  }
  return best
}

/// Sums of bits may be taken in any order, which lets the compiler use all the lanes there are. Both halves
/// are read side by side: the processor fetches more of two streams ahead than of one.
@inline(never)
private func read(_ x: inout MutableSpan<Scalar>) {
  let sum = sumOfBits(x.span.extracting(first: x.count / 2), x.span.extracting(last: x.count / 2))
  x[0] = Scalar(sum & 1)
}

@inline(__always)
private func sumOfBits(_ x: Span<Scalar>, _ y: Span<Scalar>) -> Scalar.RawSignificand {
  var sum: Scalar.RawSignificand = 0
  for i in x.indices {
    sum &+= Scalar.RawSignificand(x[i].bitPattern)
    sum &+= Scalar.RawSignificand(y[i].bitPattern)
  }
  return sum
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
