import Attention
import Backprop
import KernelSupport

/// What a GPT has computed of the tokens so far, so that the next one costs one row instead of all of them.
///
/// A causal mask lets no position look ahead: keys and values of a position never change once they are there. With
/// the book's kernels, whose sums have one order whatever stands beside them, the logits have *the same bits* as
/// those of a pass over all tokens.
public struct KeyValueCache {
  /// How many tokens have been seen.
  public private(set) var count = 0

  /// The tokens that fit.
  public let capacity: Int

  private let width: Int
  /// For every block: keys, then values, [capacity, width] each.
  private var keys: [[Scalar]]
  private var values: [[Scalar]]
  /// The token table, transposed: rows that can be read in order, one use for every token that is written.
  fileprivate let head: Tensor

  /// Creates an empty cache for a model.
  public init(for model: GPT) {
    capacity = model.configuration.context
    width = model.configuration.width
    let empty = [Scalar](repeating: 0, count: capacity * width)
    keys = [[Scalar]](repeating: empty, count: model.blocks.count)
    values = keys
    head = Variable.withoutGradients { model.tokens.permuted([1, 0]).value }
  }

  /// The bytes that keys and values take.
  public var byteCount: Int { 2 * keys.count * capacity * width * MemoryLayout<Scalar>.stride }

  /// Forgets all tokens.
  public mutating func removeAll() { count = 0 }

  /// Counts tokens whose keys and values every block has added.
  fileprivate mutating func advance(by tokens: Int) { count += tokens }

  /// Adds the keys and values of new tokens, and lets their queries look at all that are there.
  ///
  /// - Parameters:
  ///   - block: the number of the block.
  ///   - packed: q | k | v of the new tokens, [1, tokens, 3 · width].
  ///   - heads: the number of heads.
  /// - Returns: [1, tokens, width].
  fileprivate mutating func attend(_ block: Int, _ packed: Tensor, heads: Int) -> Tensor {
    let tokens = packed.shape[1]
    let source = packed.elements
    var keySpan = keys[block].mutableSpan
    Self.copy(source, from: width, width: width, to: &keySpan, at: count)
    var valueSpan = values[block].mutableSpan
    Self.copy(source, from: 2 * width, width: width, to: &valueSpan, at: count)
    let shape = AttentionShape(
      batch: 1, heads: heads, queries: tokens, keys: count + tokens, width: width / heads,
      queryStride: 3 * width)
    let (k, v) = (keys[block], values[block])
    var logSumExp = [Scalar](repeating: 0, count: shape.rowCount)
    var sums = logSumExp.mutableSpan
    return Tensor(shape: [1, tokens, width]) {
      Backend.current.attention.attention(
        query: source.span, key: k.span, value: v.span, into: &$0, logSumExp: &sums, shape,
        .causal, dropout: nil)
    }
  }

  private static func copy(
    _ packed: [Scalar], from column: Int, width: Int, to rows: inout MutableSpan<Scalar>,
    at first: Int
  ) {
    for token in 0..<packed.count / (3 * width) {
      let start = token * 3 * width + column
      for c in 0..<width { rows[(first + token) * width + c] = packed[start + c] }
    }
  }
}

extension GPT {
  /// The logits that follow the last of some new tokens.
  ///
  /// - Parameters:
  ///   - ids: the tokens that follow those in the cache, at least one.
  ///   - cache: what was computed of those before; gets what is computed of these.
  /// - Returns: a logit for every token: the bits that a pass over all tokens would give.
  /// - Precondition: the cache has room for them.
  public func nextLogits(_ ids: [Int], _ cache: inout KeyValueCache) -> [Scalar] {
    precondition(
      !ids.isEmpty && cache.count + ids.count <= cache.capacity,
      "GPT.nextLogits: \(ids.count) tokens after \(cache.count) in a context of \(cache.capacity)")
    return Variable.withoutGradients {
      let places = Array(cache.count..<cache.count + ids.count)
      var x = (tokens.rows(at: ids) + positions.rows(at: places))
        .reshaped([1, ids.count, configuration.width])
      for (number, block) in blocks.enumerated() {
        let packed = block.attention.queryKeyValue(block.attentionNorm(x), adding: nil)
        let attended = cache.attend(number, packed.value, heads: configuration.heads)
        x = block.attention.output(Variable(attended), adding: x)
        x = block.feedForward(block.feedForwardNorm(x), adding: x)
      }
      cache.advance(by: ids.count)
      let last = x.sliced(ids.count - 1..<ids.count, axis: 1)
      let normal = finalNorm(last).value.elements
      let (head, kernels) = (cache.head.elements, Backend.current.layers)
      var logits = Tensor(shape: [configuration.vocabulary])
      logits.update { kernels.rowProduct(normal.span, head.span, addingTo: &$0) }
      return logits.elements
    }
  }
}
