import Backprop
import KernelSupport

extension GPT {
  /// Continues a text, token by token.
  ///
  /// While all tokens fit into the context, each costs one row of the model, thanks to the cache. Past that, a model with
  /// learned positions cannot go on by one: its oldest token would have to leave, every other one would move to another
  /// position, and all keys and values would change. So the last half of the tokens is read anew, from position 0,
  /// and the cache fills up again.
  ///
  /// - Parameters:
  ///   - prompt: the tokens to go on from, at least one; of more than the context, the last ones count.
  ///   - count: how many tokens to add.
  ///   - sampling: how each is chosen.
  ///   - generator: where the random numbers come from.
  ///   - emit: gets every token as soon as it is chosen; returns whether to go on.
  /// - Returns: the tokens that were added.
  @discardableResult
  public func generate(
    after prompt: [Int], count: Int, _ sampling: Sampling = Sampling(),
    using generator: inout some RandomNumberGenerator, emit: (_ token: Int) -> Bool = { _ in true }
  ) -> [Int] {
    precondition(!prompt.isEmpty, "GPT.generate: an empty prompt")
    var cache = KeyValueCache(for: self)
    var text = Array(prompt.suffix(configuration.context))
    var new = text
    var added: [Int] = []
    while added.count < count {
      if cache.count + new.count > cache.capacity {
        cache.removeAll()
        new = Array(text.suffix(max(1, configuration.context / 2)))
      }
      let token = sampling.sample(nextLogits(new, &cache), using: &generator)
      new = [token]
      text.append(token)
      added.append(token)
      if !emit(token) { break }
    }
    return added
  }
}
