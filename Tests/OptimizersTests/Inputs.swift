import Backprop
import KernelSupport

/// Numbers uniform in a range.
func numbers(_ count: Int, in range: Range<Scalar> = -1..<1, seed: UInt64) -> [Scalar] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in generator.uniform(in: range) }
}

/// A parameter whose gradient is what a backward pass through Σ gᵢ wᵢ leaves there.
func parameter(_ name: String, _ values: [Scalar], gradient: [Scalar]) -> NamedParameter {
  let variable = Variable(Tensor(values, shape: [values.count]), needsGradient: true)
  variable.addGradient(Tensor(gradient, shape: [gradient.count]))
  return NamedParameter(name, variable)
}
