import KernelSupport

extension Variable {
  /// Changes the value in place, as an optimizer does.
  ///
  /// What an earlier operation remembers of the value stays as it was, since tensors are values: while a graph
  /// holds on to it, the change costs a copy.
  ///
  /// - Parameter change: gets the elements, and those of the gradient.
  /// - Precondition: there is a gradient.
  public func update(
    _ change: (_ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>) -> Void
  ) {
    precondition(stored.isSet, "update: a variable of shape \(value.shape) has no gradient")
    guard let gradient = stored.tensor?.elements else { return }
    value.update { change(&$0, gradient.span) }
  }

  /// Sets another value of the same shape, as a checkpoint or a numeric gradient check does.
  public func setValue(_ newValue: Tensor) {
    precondition(
      newValue.shape == value.shape,
      "setValue: a value of shape \(newValue.shape) for one of shape \(value.shape)")
    value = newValue
  }

  /// Changes the value in place, as a last step of the operation that computed it.
  ///
  /// An activation that follows another operation needs no memory of its own this way. What the operation
  /// itself remembers of its result stays as it was: tensors are values.
  ///
  /// - Parameters:
  ///   - change: computes the new value from the old one.
  ///   - pullback: gets the new value, and turns ∂L/∂(new value) into ∂L/∂(old value) for the operation's
  ///     own pullback, which follows.
  /// - Precondition: an operation computed this variable, and nothing has been computed from it yet.
  package func amend(
    by change: (inout MutableSpan<Scalar>) -> Void,
    pullback: @escaping (_ output: Span<Scalar>, _ gradient: inout MutableSpan<Scalar>) -> Void
  ) {
    precondition(
      !isLeaf, "amend: no operation computed this variable of shape \(value.shape)")
    precondition(
      !isUsed,
      "amend: something has been computed from this variable of shape \(value.shape) already")
    value.update(change)
    guard let earlier = self.pullback else { return }
    let output = value.elements
    self.pullback = { gradient in
      gradient.update { pullback(output.span, &$0) }
      earlier(&gradient)
    }
  }
}
