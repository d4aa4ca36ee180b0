import Autoencoders
import KernelSupport

/// The kernels of chapter 9, at the sizes of a batch of digits.
extension KernelCase {
  static var latents: [KernelCase] {
    [
      update("sampleBernoulli", in: 0..<1) { $0.bernoulli.sampleBernoulli(&$1, seed: 1) },
      sampleUnits,
      rowSums("bernoulliLogLikelihood") { kernels, x, other, rows in
        kernels.bernoulli.bernoulliLogLikelihood(logits: x, other, into: &rows)
      },
      bernoulliBackward,
      rowSums("softplusSums") { kernels, x, other, rows in
        kernels.bernoulli.softplusSums(
          x, bias: other.extracting(first: pixels), scale: 1, into: &rows)
      },
      update("standardNormal") { $0.latent.standardNormal(&$1, seed: 1) },
      gaussianSample,
      gaussianDivergence,
    ]
  }

  private static var batch: Int { 128 }
  private static var pixels: Int { 784 }
  private static var latent: Int { 20 }

  /// A number a row of the pixels and of another array of as many.
  private static func rowSums(
    _ kernel: String,
    _ body:
      @escaping (
        _ kernels: Backend, _ x: Span<Scalar>, _ other: Span<Scalar>,
        _ rows: inout MutableSpan<Scalar>
      ) -> Void
  ) -> KernelCase {
    KernelCase(
      kernel: kernel, shape: "\(batch)×\(pixels)",
      cost: .memory(.read, elements: 2 * batch * pixels)
    ) {
      let x = numbers(batch * pixels, in: -4..<4)
      let other = numbers(batch * pixels, in: 0..<1, stream: 2)
      var trial = KernelTrial(
        changing: [Scalar](repeating: 0, count: batch),
        tolerance: Tolerance.mean(of: pixels, magnitude: 4 * Scalar(pixels))
      ) { kernels, rows in body(kernels, x.span, other.span, &rows) }
      trial.overwrites = true
      return trial
    }
  }

  private static var bernoulliBackward: KernelCase {
    KernelCase(
      kernel: "bernoulliLogLikelihoodBackward", shape: "\(batch)×\(pixels)",
      cost: .memory(.combine, elements: batch * pixels)
    ) {
      let target = numbers(batch * pixels, in: 0..<1, stream: 2)
      let upstream = numbers(batch, stream: 3)
      return KernelTrial(
        changing: numbers(batch * pixels, in: -4..<4),
        tolerance: Tolerance.rounding(magnitude: 4)
      ) { kernels, x in
        kernels.bernoulli.bernoulliLogLikelihoodBackward(
          target: target.span, upstream: upstream.span, gradient: &x)
      }
    }
  }

  private static var sampleUnits: KernelCase {
    KernelCase(
      kernel: "sampleUnits", shape: "\(batch)×\(pixels)",
      cost: .memory(.combine, elements: batch * pixels)
    ) {
      let bias = numbers(pixels, stream: 2)
      return KernelTrial(
        changing: [numbers(batch * pixels, in: -4..<4), numbers(batch * pixels, stream: 3)],
        tolerance: Tolerance.rounding(magnitude: 4)
      ) { kernels, arrays in
        var states = arrays.removeLast()
        var sums = arrays[0].mutableSpan
        var statesSpan = states.mutableSpan
        kernels.bernoulli.sampleUnits(
          &sums, bias: bias.span, scale: 1, states: &statesSpan, seed: 1)
        arrays.append(states)
      }
    }
  }

  private static var gaussianSample: KernelCase {
    KernelCase(
      kernel: "gaussianSample", shape: "\(batch)×\(latent)",
      cost: .memory(.combine, elements: 2 * batch * latent)
    ) {
      let moments = numbers(2 * batch * latent)
      let noise = numbers(batch * latent, in: -3..<3, stream: 2)
      var trial = KernelTrial(
        changing: noise, tolerance: Tolerance.rounding(magnitude: 8)
      ) { kernels, z in
        kernels.latent.gaussianSample(
          moments: moments.span, noise: noise.span, latent: latent, into: &z)
      }
      trial.overwrites = true
      return trial
    }
  }

  private static var gaussianDivergence: KernelCase {
    KernelCase(
      kernel: "gaussianDivergence", shape: "\(batch)×\(latent)",
      cost: .memory(.read, elements: 2 * batch * latent)
    ) {
      let moments = numbers(2 * batch * latent)
      var trial = KernelTrial(
        changing: [Scalar](repeating: 0, count: batch),
        tolerance: Tolerance.mean(of: 2 * latent, magnitude: Scalar(4 * latent))
      ) { kernels, rows in
        kernels.latent.gaussianDivergence(moments: moments.span, latent: latent, into: &rows)
      }
      trial.overwrites = true
      return trial
    }
  }
}
