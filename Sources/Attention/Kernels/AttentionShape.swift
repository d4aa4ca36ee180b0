import KernelSupport

/// The sizes of an attention, and where its operands lie.
///
/// Queries are [batch, queries, heads · width], keys and values [batch, keys, heads · width]: a head is a range of
/// columns, and nothing is ever transposed or copied to get at it. Rows may lie further apart than that,
/// as they do where q, k and v are columns of one wider matrix, made by one product.
public struct AttentionShape: Hashable, Sendable {
  /// The number of sequences.
  public let batch: Int
  /// The number of heads.
  public let heads: Int
  /// How many queries a sequence has.
  public let queries: Int
  /// How many keys and values a sequence has.
  public let keys: Int
  /// The width d of a head: the length of a query, a key and a value.
  public let width: Int
  /// What scores are multiplied by, above 0: 1/√d unless told otherwise.
  public let scale: Scalar
  /// The distance between one query and the next of its sequence.
  public let queryStride: Int
  /// The distance between one key and the next, and between one value and the next.
  public let keyStride: Int

  /// Creates a shape.
  ///
  /// - Parameters:
  ///   - batch: the number of sequences, at least 0.
  ///   - heads: the number of heads, at least 1.
  ///   - queries: how many queries a sequence has, at least 0.
  ///   - keys: how many keys and values it has, at least 0; with none of them, outputs are 0.
  ///   - width: the width d of a head, at least 1.
  ///   - scale: what scores are multiplied by, above 0; nil for 1/√d.
  ///   - queryStride: the distance between queries; nil for heads · width.
  ///   - keyStride: the distance between keys and between values; nil for heads · width.
  public init(
    batch: Int, heads: Int, queries: Int, keys: Int, width: Int, scale: Scalar? = nil,
    queryStride: Int? = nil, keyStride: Int? = nil
  ) {
    precondition(
      batch >= 0 && heads >= 1 && queries >= 0 && keys >= 0 && width >= 1,
      "AttentionShape: \(batch) sequences, \(heads) heads, \(queries) queries, \(keys) keys of "
        + "width \(width)")
    self.batch = batch
    self.heads = heads
    self.queries = queries
    self.keys = keys
    self.width = width
    self.scale = scale ?? 1 / Scalar(width).squareRoot()
    precondition(self.scale > 0, "AttentionShape: a scale of \(self.scale), expected one above 0")
    self.queryStride = queryStride ?? heads * width
    self.keyStride = keyStride ?? heads * width
    precondition(
      self.queryStride >= heads * width && self.keyStride >= heads * width,
      "AttentionShape: rows of \(heads) · \(width) elements at distances of \(self.queryStride) and "
        + "\(self.keyStride)")
  }

  /// The elements of one row of the output: heads · width.
  public var rowWidth: Int { heads * width }

  /// The elements of the output.
  public var outputCount: Int { batch * queries * rowWidth }

  /// The number of rows of all heads: batch · heads · queries.
  public var rowCount: Int { batch * heads * queries }

  /// The multiplications and additions of a forward pass without a mask.
  public var operations: Int { 4 * batch * heads * queries * keys * width }

  /// Where a head's first query of a sequence is.
  func queryStart(batch: Int, head: Int) -> Int { batch * queries * queryStride + head * width }

  /// Where a head's first key, or value, of a sequence is.
  func keyStart(batch: Int, head: Int) -> Int { batch * keys * keyStride + head * width }

  /// Where a head's first output of a sequence is.
  func outputStart(batch: Int, head: Int) -> Int { batch * queries * rowWidth + head * width }

  /// Stops the program unless operands have the elements that this shape asks for.
  func check(
    _ operation: String, query: Int, key: Int, value: Int, output: Int, logSumExp: Int
  ) {
    let queryCount = spannedCount(rows: batch * queries, stride: queryStride)
    let keyCount = spannedCount(rows: batch * keys, stride: keyStride)
    precondition(
      query >= queryCount && key >= keyCount && value >= keyCount && output == outputCount
        && logSumExp == rowCount,
      "\(operation): \(query), \(key), \(value), \(output) and \(logSumExp) elements of queries, keys, "
        + "values, output and log-sum-exp, expected \(queryCount), \(keyCount), \(keyCount), "
        + "\(outputCount) and \(rowCount)")
  }

  private func spannedCount(rows: Int, stride: Int) -> Int {
    rows == 0 ? 0 : (rows - 1) * stride + rowWidth
  }
}
