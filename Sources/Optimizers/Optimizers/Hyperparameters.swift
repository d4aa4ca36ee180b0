import KernelSupport

/// Stops the program if a hyper-parameter is out of the range that every optimizer asks for.
func checkHyperparameters(
  _ optimizer: String, _ learningRate: Scalar, decays: [Scalar], epsilon: Scalar = 0,
  _ weightDecay: Scalar
) {
  precondition(learningRate >= 0, "\(optimizer): a learning rate of \(learningRate)")
  for decay in decays {
    precondition(
      (0..<1).contains(decay), "\(optimizer): a momentum or decay rate of \(decay), not in [0, 1)")
  }
  precondition(epsilon >= 0, "\(optimizer): an ε of \(epsilon)")
  precondition(weightDecay >= 0, "\(optimizer): a weight decay of \(weightDecay)")
}
