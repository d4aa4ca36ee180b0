import KernelSupport

/// Stops a program whose operands differ in length.
func checkCounts(_ operation: String, _ count: Int, _ gradientCount: Int) {
  precondition(
    count == gradientCount, "\(operation): a gradient of \(gradientCount) elements for \(count)")
}

/// Stops a program whose elements do not make whole rows.
func checkRows(_ operation: String, _ count: Int, _ columns: Int) {
  precondition(
    columns > 0 && count % columns == 0, "\(operation): \(count) elements in rows of \(columns)")
}
