import Backprop
import KernelSupport
import Testing
import bench

/// A trial whose fast kernel is off by `error` at one element.
private func trial(error: Scalar, tolerance: Scalar = 0.01) -> KernelTrial {
  KernelTrial(changing: [1, 2, 3], tolerance: tolerance) { kernels, x in
    for i in x.indices { x[i] *= 2 }
    if kernels == .fast { x[1] += error }
  }
}

private var item: KernelCase {
  KernelCase(kernel: "double", shape: "3", cost: .memory(.update, elements: 3)) { trial(error: 0) }
}

@Test func `a kernel within the tolerance passes`() throws {
  try item.verify(trial(error: 0.009))
}

@Test(arguments: [0.011, -0.011, Scalar.infinity, .nan])
func `a kernel that is off at one element is rejected by name and place`(error: Scalar) throws {
  let rejection = try #require(throws: VerificationError.self) {
    try item.verify(trial(error: error))
  }
  #expect(rejection.errorDescription?.hasPrefix("double 3: element 1 of array 0 is ") == true)
}

@Test func `every fast kernel agrees with its definition at every size that is not a detail`()
  throws
{
  for item in KernelCase.selected([]) { try item.verify(item.prepare()) }
}

@Test(arguments: KernelCase.transpositions)
func `a random combination tells a wrong matrix product from a right one`(
  transposed: String?
) throws {
  let trial = KernelCase.product(37, 41, 43, transposed).prepare()
  let probe = try #require(trial.probe)
  var results = trial.results(.fast)
  #expect(probe(results) <= 1)
  results[0][500] += 0.01
  #expect(probe(results) > 1)
  results[0][500] = .nan
  #expect(probe(results) > 1)
}

@Test func `beyond the limit a wrong result is found without the definition`() throws {
  let shape = MatrixProductShape(rows: 512, columns: 512, inner: 1024)
  let item = KernelCase.product(shape.rows, shape.columns, shape.inner)
  #expect(item.cost.work > KernelCase.naiveLimit)
  var wrong = KernelTrial(changing: [[0]], tolerance: 0) { kernels, _ in
    #expect(kernels == .fast)
  }
  wrong.probe = { _ in 1.5 }
  #expect(throws: VerificationError.self) { try item.verify(wrong) }
  wrong.probe = { _ in 0.5 }
  try item.verify(wrong)
}

@Test func `restored operands give every run the same work`() {
  var seen: [Scalar] = []
  let trial = KernelTrial(changing: [1], tolerance: 0) { _, x in
    seen.append(x[0])
    x[0] = 2
  }
  _ = trial.seconds(.fast, budget: 0)
  #expect(seen.count > 3 && seen.allSatisfy { $0 == 1 })
}
