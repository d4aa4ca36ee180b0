import Foundation

/// Begins a cell of the notebook, which lasts until the next one.
///
/// The call stands on a line of its own, with the name as a plain literal: the lines up to the next
/// such line are the cell's code in the document. Variables live on from cell to cell.
///
/// - Parameter name: what the document and `--until` call it: one word, and no two cells share it.
public func cell(_ name: String) {
  Session.begin(cell: name)
  let rule = String(repeating: "─", count: max(2, 60 - name.count))
  writeLine("\n── \(name) \(rule)", to: .standardOutput)
}

/// Prints values, and records them as output of the current cell.
///
/// It takes the place of the standard library's `print` in files that import this module.
///
/// - Parameters:
///   - items: the values, of any kind.
///   - separator: what stands between them.
///   - terminator: what stands after the last.
public func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  let text = items.map { String(describing: $0) }.joined(separator: separator) + terminator
  emit(VolatileText.shown(text), to: .standardOutput)
  Session.show(.text(text))
}

/// Shows rows and columns: aligned text on a terminal, a table in the document.
///
/// Columns of numbers are aligned to the right; floating-point numbers get six significant digits
/// unless `fixed` or `scientific` has made text of them. Negative ones get a minus sign, which a hyphen is not.
///
/// - Parameters:
///   - columns: the headings.
///   - rows: the rows, each with one value a column.
public func table(columns: [String], rows: [[Any]]) {
  let table = Table(
    columns: columns.map(Table.withMinusSigns),
    rows: rows.map { $0.map { Table.withMinusSigns(shortText($0)) } })
  writeLine(table.terminalText, to: .standardOutput)
  Session.show(.table(table))
}

/// Shows a result under a name that stays the same from version to version.
///
/// With `--metrics FILE` it also appends the line
/// `{"chapter":"02-Backprop","cell":"train","name":"mlp_test_accuracy","value":0.96}`.
///
/// - Parameters:
///   - name: the result's name.
///   - value: the result; infinities and NaN become `null` in the file.
public func metric(_ name: String, _ value: some BinaryFloatingPoint) {
  print("\(name): \(shortText(Double(value)))")
  Session.current?.write(metric: name, Double(value))
}

/// Draws a figure into `CHAPTER/NAME.svg` or `.png`, in the folder that `--figures` names or else in a temporary
/// one, and shows it in the document.
///
/// - Parameters:
///   - name: the file's name without its extension; no two figures of a chapter share a name.
///   - figure: what to draw.
///   - caption: what the reader should see in it, a sentence.
///   - isVolatile: whether it shows timings, which change from run to run: an old file then stays as
///     it is.
public func figure(
  _ name: String, _ figure: some Figure, caption: String, isVolatile: Bool = false
) {
  let file = "\(name).\(figure.fileExtension)"
  guard let path = Session.current?.write(figure: file, figure.encoded()) else { return }
  Session.show(.figure(file: file, caption: caption, isVolatile: isVolatile))
  writeLine("figure: \(path)", to: .standardOutput)
}
