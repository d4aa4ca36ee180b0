import Backprop
import KernelSupport
import Optimizers

/// One of the networks of a game, with an optimizer of its own.
///
///     var artist = Player("generator", generator, Adam(learningRate: 2e-4, beta1: 0.5))
///     var critic = Player("discriminator", discriminator, Adam(learningRate: 2e-4, beta1: 0.5))
///     for step in 0..<steps {
///       try critic.step { loss.discriminator(real: discriminator(real), fake: discriminator(fake.detached())) }
///       try artist.step { loss.generator(fake: discriminator.frozen(generator(noise))) }
///     }
///
/// Nothing is shared between players: whose step it is, is said by whose `step` is called. There is no flag in a
/// network that says whether it learns at the moment.
public struct Player<Rule: Optimizer> {
  /// What messages call it.
  public let name: String
  /// What it may change.
  public let parameters: [NamedParameter]
  /// The rule that moves the parameters.
  public var optimizer: Rule
  /// The steps that it has taken.
  public private(set) var stepCount = 0

  /// Creates a player.
  ///
  /// - Parameters:
  ///   - name: what messages call it.
  ///   - model: a network, or anything that holds layers.
  ///   - optimizer: a rule that has taken no step.
  public init(_ name: String, _ model: Any, _ optimizer: Rule) {
    self.name = name
    parameters = Backprop.parameters(of: model)
    self.optimizer = optimizer
  }

  /// Forward, backward and down.
  ///
  /// - Parameter loss: what this player pays, from its parameters; it is called once.
  /// - Returns: the loss before the step.
  /// - Throws: `Divergence` where the loss or the gradient is no finite number. The step is not taken then, so
  ///   the parameters are the last with which the game was finite.
  @discardableResult
  public mutating func step(_ loss: () -> Variable) throws(Divergence) -> Scalar {
    parameters.clearGradients()
    let paid = loss()
    let value = paid.value.number
    guard value.isFinite else {
      throw Divergence(player: name, step: stepCount + 1, quantity: .loss, value: value)
    }
    paid.backward()
    let norm = parameters.gradientNorm
    guard norm.isFinite else {
      throw Divergence(player: name, step: stepCount + 1, quantity: .gradient, value: norm)
    }
    optimizer.step(parameters)
    stepCount += 1
    return value
  }

  /// Moves every weight into [−limit, limit]: the first way to hold a critic to bounded slopes.
  ///
  /// Source: Arjovsky, Chintala and Bottou, 2017, algorithm 1, with a limit of 0.01.
  public func clipWeights(to limit: Scalar) {
    precondition(limit > 0, "clipWeights: a limit of \(limit), expected more than 0")
    for parameter in parameters {
      var value = parameter.variable.value
      value.update { Backend.current.regularization.clamp(&$0, limit: limit) }
      parameter.variable.setValue(value)
    }
  }
}

/// A game that has blown up: whose step it was, and what was no number.
public struct Divergence: ReportedError, Equatable {
  /// What was not finite.
  public enum Quantity: String, Sendable {
    /// The loss.
    case loss
    /// The length of the gradient.
    case gradient
  }

  /// Whose step it was.
  public let player: String
  /// The number of the step, from 1.
  public let step: Int
  /// What was not finite.
  public let quantity: Quantity
  /// Its value.
  public let value: Scalar

  /// Describes what happened.
  public init(player: String, step: Int, quantity: Quantity, value: Scalar) {
    self.player = player
    self.step = step
    self.quantity = quantity
    self.value = value
  }

  /// An exit status for commands: the data of the run are bad.
  public var exitStatus: ExitStatus { .badData }

  /// The line that says what happened and what to try.
  public var description: String {
    "\(player), step \(step): the \(quantity.rawValue) is \(value); the step was not taken. Try a lower "
      + "learning rate, or a critic held to slopes of 1 (gradient penalty, spectral normalisation)"
  }

  /// Equal where player, step and quantity are: two NaNs differ from each other.
  public static func == (a: Divergence, b: Divergence) -> Bool {
    a.player == b.player && a.step == b.step && a.quantity == b.quantity
  }
}
