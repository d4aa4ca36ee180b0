import Backprop
import KernelSupport

/// What a recurrent layer remembers between steps.
public struct RecurrentState {
  /// h, [batch, units].
  public var hidden: Variable
  /// c, [batch, units]; nil for layers without a cell.
  public var cell: Variable?

  /// Creates a state.
  public init(hidden: Variable, cell: Variable? = nil) {
    self.hidden = hidden
    self.cell = cell
  }

  /// The same numbers without their past: no gradient flows to where they came from, which cuts
  /// back-propagation through time here.
  public func detached() -> RecurrentState {
    RecurrentState(hidden: hidden.detached(), cell: cell?.detached())
  }
}

/// A layer that reads a sequence step by step and remembers.
public protocol RecurrentLayer {
  /// The length of the vector that each step puts out.
  var outputWidth: Int { get }

  /// Whether a step's output depends on later steps: such a layer cannot predict what comes next, which it has seen.
  var readsAhead: Bool { get }

  /// Reads sequences.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, in].
  ///   - state: what the layer, or each of a stack of layers, remembers before the first step; empty for
  ///     zeros.
  ///   - lengths: the length of each sequence, in 0...time; nil where none is padded. Steps beyond it change
  ///     nothing: the state is carried through, and the outputs repeat it.
  /// - Returns: the output of every step, [batch, time, outputWidth], and the states after the last one.
  func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState])
}

extension RecurrentLayer {
  /// A layer reads from the beginning, unless it says otherwise.
  public var readsAhead: Bool { false }

  /// Reads sequences without padding, from a state of zeros: the output of every step.
  public func callAsFunction(_ input: Variable, lengths: [Int]? = nil) -> Variable {
    self(input, from: [], lengths: lengths).output
  }
}

extension Variable {
  /// What the last step of each sequence put out: [batch, time, width] to [batch, width].
  ///
  /// Since steps beyond a sequence's end repeat its state, it is the last one whatever the lengths.
  public func lastStep() -> Variable {
    let (batch, time) = (value.shape[0], value.shape[1])
    precondition(time >= 1, "lastStep: sequences of no steps, of shape \(value.shape)")
    return sliced(time - 1..<time, axis: 1).reshaped([batch, value.columns])
  }
}

/// The weights that all recurrent layers have: those for the inputs, those for the states, and a bias.
struct RecurrentWeights {
  let input: Variable
  let recurrent: Variable
  let bias: Variable

  /// The weights of a layer that exists.
  init(input: Variable, recurrent: Variable, bias: Variable) {
    self.input = input
    self.recurrent = recurrent
    self.bias = bias
  }

  /// Draws weights: Xavier's for the inputs, orthogonal ones for the states.
  ///
  /// - Parameters:
  ///   - layer: the layer's name, for messages.
  ///   - inputs: the length of an input vector, at least 1.
  ///   - units: how many units, at least 1.
  ///   - gates: how many sums a unit has.
  ///   - generator: where the random numbers come from.
  init(
    _ layer: String, inputs: Int, units: Int, gates: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      inputs >= 1 && units >= 1, "\(layer): a layer of \(inputs) inputs and \(units) units")
    let width = gates * units
    let drawn = Initializer.xavierUniform.tensor(shape: [inputs, width], using: &generator)
    input = Variable(drawn, needsGradient: true)
    let blocks = (0..<gates).map { _ in orthogonalMatrix(units, using: &generator) }
    let rows = (0..<units).flatMap { row in
      blocks.flatMap { $0[row * units..<(row + 1) * units] }
    }
    recurrent = Variable(Tensor(rows, shape: [units, width]), needsGradient: true)
    bias = Variable(Tensor(shape: [width]), needsGradient: true)
  }

  /// The three of them.
  var all: [Variable] { [input, recurrent, bias] }

  /// The state that a layer begins from: the one that it gets, or zeros.
  func zeros(_ x: Variable) -> Variable {
    Variable(Tensor(shape: [x.value.shape[0], recurrent.value.rows]))
  }
}

/// A random orthogonal matrix: it turns a vector and never changes its length, so that a product of many keeps
/// signals in scale.
///
/// Normal numbers, made orthogonal row by row (Gram and Schmidt's method).
///
/// - Parameter size: its rows and columns, at least 1.
/// - Returns: the elements, row-major.
///
/// Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
/// neural networks", ICLR 2014.
func orthogonalMatrix(_ size: Int, using generator: inout some RandomNumberGenerator) -> [Scalar] {
  var rows: [[Double]] = []
  while rows.count < size {
    var row = (0..<size).map { _ in Double(generator.normal()) }
    // Twice, since what rounding leaves after the first time is removed by the second.
    for _ in 0..<2 {
      for other in rows {
        let share = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
        for j in row.indices { row[j] -= share * other[j] }
      }
    }
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    if length > 1e-6 { rows.append(row.map { $0 / length }) }
  }
  return rows.joined().map { Scalar($0) }
}
