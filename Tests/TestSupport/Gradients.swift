import Backprop
import KernelSupport
import Testing

/// Named variables of numbers that keep their distance from the kinks.
///
/// The check moves an input by up to 2h = 1/16 in single precision; a gap of 0.1 keeps it on its side.
public func variables(_ shapes: [[Int]]) -> [NamedParameter] {
  shapes.enumerated().map { index, shape in
    let numbers = numbersOffZero(
      count: shape.reduce(1, *), seed: UInt64(index + 1), gap: 0.2
    ).map { $0 / 2 }
    return NamedParameter(
      "input \(index)", Variable(Tensor(numbers, shape: shape), needsGradient: true))
  }
}

/// Expects every gradient of Σᵢ upstreamᵢ outputᵢ to agree with its measured slope.
///
/// - Parameters:
///   - variables: what to differentiate by.
///   - tolerance: the largest relative error; say at the call why another one than the check's own.
///   - sourceLocation: where to report a failure: the caller's line.
///   - output: computes the output from the variables' values.
public func expectGradients(
  _ variables: [NamedParameter], within tolerance: Scalar = GradientCheck.tolerance,
  sourceLocation: SourceLocation = #_sourceLocation, _ output: () -> Variable
) {
  let upstream = numbersOffZero(count: output().value.count, seed: 99)
  for result in GradientCheck().compare(variables, upstream: upstream, output: output) {
    #expect(result.error <= tolerance, "\(result)", sourceLocation: sourceLocation)
  }
}
