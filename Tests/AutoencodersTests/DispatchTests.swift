import Attention
import Autoencoders
import Backprop
import CNN
import GAN
import KernelSupport
import Optimizers
import Perceptrons
import RNN
import Testing
import Transformers

/// The one line of every protocol of kernels that picks an implementation, in all nine chapters: exchanged, it
/// would go unnoticed, since both compute the same.
@Suite struct DispatchTests {
  static let choices: [(name: String, kernels: @Sendable (Backend) -> Any.Type)] = [
    ("vector", { $0.vector }), ("activation", { $0.activation }), ("matrix", { $0.matrix }),
    ("arithmetic", { $0.arithmetic }), ("elementary", { $0.elementary }), ("axis", { $0.axis }),
    ("rows", { $0.rows }), ("columns", { $0.columns }), ("batched", { $0.batched }),
    ("loss", { $0.loss }), ("softTarget", { $0.softTarget }), ("update", { $0.update }),
    ("regularization", { $0.regularization }), ("convolution", { $0.convolution }),
    ("pooling", { $0.pooling }), ("normalization", { $0.normalization }),
    ("resampling", { $0.resampling }), ("recurrent", { $0.recurrent }),
    ("attention", { $0.attention }), ("rotary", { $0.rotary }), ("layers", { $0.layers }),
    ("norms", { $0.norms }), ("latent", { $0.latent }), ("bernoulli", { $0.bernoulli }),
  ]

  @Test(arguments: choices.indices)
  func `a backend hands out its own kernels`(index: Int) {
    let (name, kernels) = Self.choices[index]
    #expect(kernels(.naive) == Naive.self && kernels(.fast) == Fast.self, "\(name)")
  }
}
