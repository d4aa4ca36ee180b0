import KernelSupport

/// A kernel at one size: what it is called, what bounds its time, and how to set it up.
///
/// Every chapter's kernels are a file of their own with a list of cases, and `all` joins the lists.
package struct KernelCase {
  /// The kernel's name, as `--only` takes it: that of the function, but `matmul` for the matrix product.
  package let kernel: String

  /// The sizes, as the table and JSON show them.
  package let shape: String

  /// Which operands are stored transposed: `left`, `right` or `both`.
  package let transposed: String?

  /// What the kernel has to do at this size.
  package let cost: Cost

  /// Whether only a command that asks for the kernel by name times this case.
  package var isDetail = false

  /// Makes operands and says how to run the kernel on them; called when its turn has come, so that no
  /// more than one case's operands are in memory.
  package let prepare: () -> KernelTrial

  /// Describes a kernel at one size.
  package init(
    kernel: String, shape: String, transposed: String? = nil, cost: Cost,
    prepare: @escaping () -> KernelTrial
  ) {
    self.kernel = kernel
    self.shape = shape
    self.transposed = transposed
    self.cost = cost
    self.prepare = prepare
  }

  /// The operations beyond which the definition is not timed: some 0.4 s of scattered access.
  package static let naiveLimit = 300_000_000

  /// Every kernel of the book at every size, in the order of the chapters.
  package static var all: [KernelCase] {
    vectors + activations + products + batchedProducts + matrices + losses + updates
      + regularization + convolutions + pooling + normalization + resampling + recurrences
      + attention + layers + games + latents
  }

  /// The cases that a command asks for.
  ///
  /// - Parameter names: kernels; all of them, without the details, where there are none.
  package static func selected(_ names: [String]) -> [KernelCase] {
    all.filter { names.isEmpty ? !$0.isDetail : names.contains($0.kernel) }
  }

  /// The name and sizes of this case as a message shows them.
  package var title: String {
    "\(kernel) \(shape)\(transposed.map { " (\($0) transposed)" } ?? "")"
  }
}

/// What a kernel has to do, and so which of the machine's limits bounds it.
package enum Cost: Hashable {
  /// Multiplications and additions that outweigh the traffic.
  case arithmetic(operations: Int)
  /// Moving elements between memory, or a cache, and registers.
  case memory(Traffic, elements: Int)

  /// Operations, or scalars moved: what the definition's time grows with.
  package var work: Int {
    switch self {
    case .arithmetic(let operations): operations
    case .memory(let traffic, let elements): elements * traffic.movesPerElement
    }
  }

  /// Operations or bytes a second.
  package func rate(_ seconds: Double) -> Double {
    switch self {
    case .arithmetic: Double(work) / seconds
    case .memory: Double(work * MemoryLayout<Scalar>.stride) / seconds
    }
  }
}

/// What an element-wise loop moves for every element of an array.
package enum Traffic: Hashable {
  /// It is read.
  case read
  /// It is read and written.
  case update
  /// It is read and written, and its partner in another array is read.
  case combine
  /// It and its partner in a second array are read and written, and that in a third one is read.
  case combineTwo
  /// It and its partners in two arrays are read and written, and that in a fourth one is read.
  case combineThree

  /// How many scalars are moved for an element.
  package var movesPerElement: Int {
    switch self {
    case .read: 1
    case .update: 2
    case .combine: 3
    case .combineTwo: 5
    case .combineThree: 7
    }
  }
}
