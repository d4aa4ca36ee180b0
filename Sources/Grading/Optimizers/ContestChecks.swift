extension OptimizersExercises {
  static var contestExercise: Exercise {
    Exercise(
      "fairContest",
      hint:
        "means over all seeds; no number is the worst number; the test is for the one that has won.",
      [
        Check("every rule gets every rate and every seed, once") {
          let trials = try hold(Contest.plain).validation
          let all = Contest.plain.all
          guard trials.count == all.count, Set(trials) == Set(all) else {
            throw Mismatch(
              "for \(Contest.plain) expected each of \(all.count) trials once, got \(trials.count), "
                + "\(Set(trials).count) of them different")
          }
        },
        Check("the lowest mean of the validation losses wins") {
          try checkWinner(of: .plain, rule: 1, rate: 0.1)
          try checkWinner(of: .luckyRun, rule: 0, rate: 0.01)
        },
        Check("a run that is not a number does not win") {
          try checkWinner(of: .diverging, rule: 1, rate: 0.01)
        },
        Check("only the winner is tested, once a seed") {
          for contest in [Contest.plain, .luckyRun] {
            let (tests, losses) = try { ($0.test, $0.outcome.testLosses) }(hold(contest))
            let winner = contest.all.filter { contest.isWinner($0) }
            guard tests.count == winner.count, Set(tests) == Set(winner) else {
              throw Mismatch(
                "for \(contest) expected \(winner.count) tests of rule \(contest.winner.rule), got "
                  + "\(tests.count) of rules \(Set(tests.map(\.rule)).sorted())")
            }
            try expect(losses, winner.map { contest.testLoss(of: $0) }, for: "\(contest)")
          }
        },
      ])
  }

  private static func hold(
    _ contest: Contest
  ) throws -> (
    outcome: (rule: Int, rate: Double, testLosses: [Double]), validation: [Training],
    test: [Training]
  ) {
    var (validation, test): ([Training], [Training]) = ([], [])
    let outcome = try fairContest(
      ruleCount: contest.ruleCount, rates: contest.rates, seeds: contest.seeds,
      validationLoss: { rule, rate, seed in
        validation.append(Training(rule: rule, rate: rate, seed: seed))
        return contest.validationLoss(of: validation.last!)
      },
      testLoss: { rule, rate, seed in
        test.append(Training(rule: rule, rate: rate, seed: seed))
        return contest.testLoss(of: test.last!)
      })
    return (outcome, validation, test)
  }

  private static func checkWinner(of contest: Contest, rule: Int, rate: Double) throws {
    let outcome = try hold(contest).outcome
    guard outcome.rule == rule, outcome.rate == rate else {
      throw Mismatch(
        "for \(contest) expected rule \(rule) at \(rate), got rule \(outcome.rule) at "
          + "\(outcome.rate)")
    }
  }
}

/// One training.
private struct Training: Hashable {
  var rule: Int
  var rate: Double
  var seed: UInt64
}

/// Losses that are known beforehand: two rules, two rates, three seeds.
private struct Contest: CustomStringConvertible {
  let description: String
  let ruleCount = 2
  let rates = [0.01, 0.1]
  let seeds: [UInt64] = [3, 5, 8]
  /// By rule, rate and seed.
  let losses: [[[Double]]]
  let winner: (rule: Int, rate: Int)

  static let plain = Contest(
    description: "losses that differ little from seed to seed",
    losses: [[[0.5, 0.51, 0.52], [0.4, 0.41, 0.42]], [[0.6, 0.6, 0.6], [0.3, 0.31, 0.32]]],
    winner: (1, 1))
  static let luckyRun = Contest(
    description: "a rule with one lucky run",
    losses: [[[0.3, 0.3, 0.3], [0.5, 0.5, 0.5]], [[0.1, 0.6, 0.7], [0.35, 0.35, 0.35]]],
    winner: (0, 0))
  static let diverging = Contest(
    description: "a rule whose best runs are no numbers",
    losses: [[[0.1, .nan, 0.1], [.nan, .nan, .nan]], [[0.4, 0.4, 0.4], [0.5, 0.5, 0.5]]],
    winner: (1, 0))

  var all: [Training] {
    (0..<ruleCount).flatMap { rule in
      rates.flatMap { rate in seeds.map { Training(rule: rule, rate: rate, seed: $0) } }
    }
  }

  func isWinner(_ trial: Training) -> Bool {
    trial.rule == winner.rule && trial.rate == rates[winner.rate]
  }

  func validationLoss(of trial: Training) -> Double {
    guard let rate = rates.firstIndex(of: trial.rate), let seed = seeds.firstIndex(of: trial.seed),
      losses.indices.contains(trial.rule)
    else { return .nan }
    return losses[trial.rule][rate][seed]
  }

  /// On the test images the losers would look better than the winner.
  func testLoss(of trial: Training) -> Double {
    isWinner(trial) ? 0.5 + Double(trial.seed) / 64 : 0.25
  }
}
