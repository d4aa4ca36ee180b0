import KernelSupport

/// Where a weight decay α acts in `AdaptiveMoments`, and with it which optimizer that is.
public protocol WeightDecay: Sendable {
  /// What the optimizer is called.
  static var optimizerName: String { get }

  /// α unless another one is asked for: PyTorch's.
  static var standardRate: Scalar { get }

  /// α split into a share for the gradient and a share for the weight itself; one of them is 0.
  ///
  /// - Parameter rate: α, at least 0.
  static func split(_ rate: Scalar) -> (penalty: Scalar, decay: Scalar)
}

/// α w joins the gradient: that of an L2 penalty ½ α ‖w‖².
///
/// It is then divided by √q̂ like the rest, so a weight with large gradients hardly decays.
public enum PenaltyDecay: WeightDecay {
  /// `Adam`.
  public static var optimizerName: String { "Adam" }
  /// 0.
  public static var standardRate: Scalar { 0 }
  /// All of α for the gradient.
  public static func split(_ rate: Scalar) -> (penalty: Scalar, decay: Scalar) { (rate, 0) }
}

/// The weight shrinks by η α of itself, which is none of the gradient's business.
///
/// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
public enum DecoupledDecay: WeightDecay {
  /// `AdamW`.
  public static var optimizerName: String { "AdamW" }
  /// 0.01.
  public static var standardRate: Scalar { 0.01 }
  /// All of α for the weight.
  public static func split(_ rate: Scalar) -> (penalty: Scalar, decay: Scalar) { (0, rate) }
}
