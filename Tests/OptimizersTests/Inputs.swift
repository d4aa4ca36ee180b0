import Backprop
import KernelSupport

/// Counts around the edges of a vector, of four vectors, and of the blocks that threads share.
let awkwardCounts =
  [0, 1, 2, 3, 5, 7, 8, 9, 13, 31, 32, 33, 127, 1031]
  + [32_768, 131_072].flatMap { [$0 - 1, $0, $0 + 1] }

/// Numbers uniform in a range.
func numbers(_ count: Int, in range: Range<Scalar> = -1..<1, seed: UInt64) -> [Scalar] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in generator.uniform(in: range) }
}

/// What a kernel makes of a copy of `elements`.
func changed(
  _ elements: [Scalar], by kernel: (inout MutableSpan<Scalar>) -> Void
) -> [Scalar] {
  var copy = elements
  var span = copy.mutableSpan
  kernel(&span)
  return copy
}

/// What `compute` returns when kernels may use 1, 2 and 3 threads.
func withThreads<Result>(_ compute: () -> Result) -> [Result] {
  [1, 2, 3].map { Threads.$count.withValue($0, operation: compute) }
}

/// A parameter whose gradient is what a backward pass through Σ gᵢ wᵢ leaves there.
func parameter(_ name: String, _ values: [Scalar], gradient: [Scalar]) -> NamedParameter {
  let variable = Variable(Tensor(values, shape: [values.count]), needsGradient: true)
  variable.addGradient(Tensor(gradient, shape: [gradient.count]))
  return NamedParameter(name, variable)
}
