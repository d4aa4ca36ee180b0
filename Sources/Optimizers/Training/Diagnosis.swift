import Backprop
import KernelSupport

// What one asks a network that does not learn: how far does a step go, and where is the first number that is none?

extension Array<NamedParameter> {
  /// How far each parameter has gone since it had other values, as a share of its length then: ‖w − w₀‖ / ‖w₀‖.
  ///
  ///     let before = parameters.map(\.variable.value)
  ///     optimizer.step(parameters)
  ///     let shares = parameters.relativeChanges(since: before)   // near a hundredth at the start is usual
  ///
  /// - Parameter before: the values w₀, in the parameters' order.
  /// - Returns: a number a parameter: infinite where one was zero and has moved, NaN where it has not or where a
  ///   value is no number.
  public func relativeChanges(since before: [Tensor]) -> [Scalar] {
    precondition(
      before.map(\.shape) == map(\.variable.value.shape),
      "relativeChanges: shapes \(map(\.variable.value.shape)) after \(before.map(\.shape))")
    return zip(self, before).map { parameter, before in
      let changes = zip(parameter.variable.value.elements, before.elements).map { $0 - $1 }
      return Self.length(changes) / Self.length(before.elements)
    }
  }

  private static func length(_ elements: [Scalar]) -> Scalar {
    Scalar(elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
  }
}

extension Sequential {
  /// The first layer whose output for an input has a number that is infinite or NaN, counted from 0; nil where all
  /// are finite.
  ///
  /// - Parameters:
  ///   - input: what the first layer takes.
  ///   - phase: what the network is run for.
  public func firstNonFiniteLayer(for input: Variable, _ phase: Phase = .evaluation) -> Int? {
    Variable.withoutGradients {
      var signal = input
      return layers.firstIndex { layer in
        signal = layer(signal, phase)
        return !signal.value.elements.allSatisfy(\.isFinite)
      }
    }
  }
}
