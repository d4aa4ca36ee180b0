import KernelSupport

/// Stops a program whose operands differ in length.
func checkCounts(_ operation: String, _ count: Int, _ gradientCount: Int) {
  precondition(
    count == gradientCount, "\(operation): a gradient of \(gradientCount) elements for \(count)")
}

/// Stops a program whose elements do not make whole rows of at least `fewest` elements each.
///
/// No element at all makes whole rows of 0.
package func checkRows(_ operation: String, _ count: Int, of columns: Int, fewest: Int = 1) {
  precondition(
    columns >= fewest && count.isMultiple(of: columns),
    "\(operation): \(count) elements in rows of \(columns)")
}
