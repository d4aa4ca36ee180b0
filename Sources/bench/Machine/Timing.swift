import KernelSupport

/// How long a piece of work takes, in seconds.
func elapsedSeconds(_ work: () -> Void) -> Double {
  ContinuousClock().measure(work) / .seconds(1)
}

/// The value in the middle; the mean of the two in the middle of an even count.
///
/// - Precondition: there are values.
package func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "median: no values")
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
