import KernelSupport
import Optimizers

extension OptimizersExercises {
  static var stoppingExercise: Exercise {
    Exercise(
      "stoppingEpoch",
      hint: "count the epochs since the best loss; NaN is never better.",
      [
        Check("it ends when its patience is over, and restores the best epoch") {
          try checkStopping([3, 2, 2.5, 2.25, 1], patience: 2)
          try checkStopping([1, 2, 0], patience: 1)
          try checkStopping([5, 4, 6, 3, 7, 8, 9, 2], patience: 3)
        },
        Check("where nothing stops it, the last epoch ends it") {
          try checkStopping([3, 2, 1], patience: 1)
          try checkStopping([3, 2, 2.5], patience: 2)
          try checkStopping([4], patience: 5)
        },
        Check("an equal loss and NaN are no improvements") {
          try checkStopping([2, 2, 2, 1], patience: 2)
          try checkStopping([2, .nan, .nan, 1], patience: 2)
        },
        Check("any number is better than a NaN at the beginning") {
          try checkStopping([.nan, 5, 6, 7, 8], patience: 2)
          try checkStopping([.nan, .nan, .nan], patience: 2)
        },
      ])
  }

  /// The book's own early stopping tells what is right.
  private static func checkStopping(_ losses: [Double], patience: Int) throws {
    var stopping = EarlyStopping(patience: patience)
    let stop = losses.firstIndex { stopping.shouldStop(loss: $0, []) } ?? losses.count - 1
    let answer = try stoppingEpoch(losses: losses, patience: patience)
    let input = "losses \(losses) and a patience of \(patience)"
    try expect(Double(answer.stop), Double(stop), for: "stop, \(input),")
    try expect(
      Double(answer.best), Double(stopping.bestIndex ?? 0), for: "best, \(input),")
  }
}
