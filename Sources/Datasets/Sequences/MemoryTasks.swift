import KernelSupport

/// Two tasks that measure how long a network remembers, at any length.
///
/// Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997, experiments 4 and 5; in
/// the form of Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural Networks", ICML 2016.
public enum MemoryTasks {
  /// Sequences in which two numbers are marked, and their sum is asked for at the end.
  ///
  /// Whoever answers 1 to everything errs by 1/6 in the mean of squares: the variance of the sum of two uniform
  /// numbers.
  ///
  /// - Parameters:
  ///   - count: how many sequences, at least 0.
  ///   - length: how many steps each has, at least 2; one mark is in either half.
  ///   - generator: draws them.
  /// - Returns: the steps, [count, length, 2], a number uniform in [0, 1) and 1 where it is marked; and the sums,
  ///   [count].
  public static func adding(
    count: Int, length: Int, using generator: inout some RandomNumberGenerator
  ) -> (steps: [Scalar], sums: [Scalar]) {
    precondition(length >= 2, "MemoryTasks.adding: sequences of \(length) steps")
    var (steps, sums): ([Scalar], [Scalar]) = ([], [])
    for _ in 0..<count {
      let marks = [
        generator.integer(below: length / 2),
        length / 2 + generator.integer(below: length - length / 2),
      ]
      let numbers = (0..<length).map { _ in generator.uniform() }
      for t in 0..<length { steps += [numbers[t], marks.contains(t) ? 1 : 0] }
      sums.append(numbers[marks[0]] + numbers[marks[1]])
    }
    return (steps, sums)
  }

  /// The symbols of `copying`: eight to remember, one for waiting, and one that asks for the answer.
  public static let symbolCount = 10

  /// The mean loss, in nats a step, of the best answer without memory to `copying`: ten of the `delay` + 20 steps
  /// ask for one of eight symbols.
  public static func copyingFloor(delay: Int) -> Double {
    10 * 2.0794415416798357 / Double(delay + 20)
  }

  /// Sequences of ten symbols, a delay, and the request to say the ten again.
  ///
  /// - Parameters:
  ///   - count: how many sequences, at least 0.
  ///   - delay: how many steps lie between the last symbol and the request, at least 1.
  ///   - generator: draws them.
  /// - Returns: the symbols, and what is to be said in each step, both [count, delay + 20]: 8, for waiting, but in
  ///   the last ten steps.
  public static func copying(
    count: Int, delay: Int, using generator: inout some RandomNumberGenerator
  ) -> (symbols: [Int], answers: [Int]) {
    precondition(delay >= 1, "MemoryTasks.copying: a delay of \(delay) steps")
    var (symbols, answers): ([Int], [Int]) = ([], [])
    for _ in 0..<count {
      let chosen = (0..<10).map { _ in generator.integer(below: 8) }
      symbols += chosen + [Int](repeating: 8, count: delay - 1) + [9]
      symbols += [Int](repeating: 8, count: 10)
      answers += [Int](repeating: 8, count: delay + 10) + chosen
    }
    return (symbols, answers)
  }
}
