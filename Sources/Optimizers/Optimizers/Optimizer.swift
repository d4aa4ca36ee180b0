import Backprop
import KernelSupport

/// A rule that moves parameters by their gradients: a value, with its hyper-parameters and its memory.
///
///     var optimizer = Adam(learningRate: 0.001)
///     let parameters = parameters(of: network)
///     for batch in batches {
///       parameters.clearGradients()
///       network(batch.images).softmaxCrossEntropy(batch.labels).backward()
///       optimizer.step(parameters)
///     }
///
/// A rule that has a memory, such as a running mean of the gradients, keeps it in `state`, in one or two
/// *slots* a parameter. A checkpoint that holds them by name lets training go on as if it had never
/// stopped. The options are PyTorch's but for a few, which the rules name; `maximize` is the loss's sign.
public protocol Optimizer: Sendable {
  /// η: how far a step goes; at least 0. A schedule sets it before each step.
  var learningRate: Scalar { get set }

  /// What is remembered of every parameter, such as `firstMoment`: at most two names without dots, the
  /// same ones for the whole life of the optimizer.
  var slotNames: [String] { get }

  /// What is remembered of all parameters, and how many steps were taken.
  var state: OptimizerState { get set }

  /// Moves one parameter, in place; `step` calls it for each.
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: ∂L/∂w, n elements.
  ///   - first: the first slot of the parameter, n elements, 0 before the first step; empty where
  ///     `slotNames` has none.
  ///   - second: the second slot, likewise.
  ///   - step: t, the number of this step: 1 for the first.
  func update(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, step: Int)
}

extension Optimizer {
  /// Moves every parameter by its gradient, in place; allocates memory in the first step only.
  ///
  /// - Parameter parameters: the same ones in every step: names, order and shapes.
  /// - Precondition: every parameter has a gradient.
  public mutating func step(_ parameters: [NamedParameter]) {
    // Taken out of `self`, the state can change while the hyper-parameters beside it are read.
    var state = OptimizerState()
    swap(&state, &self.state)
    state.begin(with: parameters, slotNames)
    for (index, parameter) in parameters.enumerated() {
      parameter.checkGradient("Optimizer.step")
      let number = state.stepCount
      state.withSlots(ofParameter: index) { first, second in
        parameter.variable.update { value, gradient in
          update(&value, gradient, &first, &second, step: number)
        }
      }
    }
    swap(&state, &self.state)
  }

  /// Replaces the state by one that a checkpoint held: its step count and what `state.tensors` returned.
  ///
  /// - Parameters:
  ///   - stepCount: how many steps were taken, at least 0.
  ///   - tensors: a tensor of its parameter's shape for every slot of every parameter, under the name
  ///     `PARAMETER.SLOT`; none where no step was taken.
  ///   - parameters: what the next step will move.
  /// - Throws: `OptimizerStateError` if a tensor is missing, is one too many, or has another shape, and if
  ///   the step count is negative; the optimizer is unchanged then.
  public mutating func restore(
    stepCount: Int, tensors: [String: Tensor], for parameters: [NamedParameter]
  ) throws(OptimizerStateError) {
    state = try OptimizerState(
      stepCount: stepCount, tensors: tensors, for: parameters, slotNames)
  }
}
