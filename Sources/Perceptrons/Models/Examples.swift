import KernelSupport

/// Stops a program that gives another number of targets than of examples, or none.
func checkCount(
  _ operation: String, _ targetCount: Int, of inputs: [Scalar], _ sum: WeightedSum
) {
  let columns = sum.weights.count
  precondition(
    targetCount >= 1 && inputs.count == targetCount * columns,
    "\(operation): \(inputs.count) inputs in rows of \(columns) for \(targetCount) targets")
}

/// The mean of at least one number, summed in double precision: a running sum in single precision is off
/// by 3.6e-5 of a million equal terms.
func mean(_ numbers: [Scalar]) -> Scalar {
  Scalar(numbers.reduce(0) { $0 + Double($1) } / Double(numbers.count))
}
