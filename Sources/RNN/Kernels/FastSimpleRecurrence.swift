import Backprop
import KernelSupport

extension Fast {
  /// A simple recurrent layer; contract: `Naive.simpleRecurrence`.
  public static func simpleRecurrence(
    _ sums: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, initialHidden: Span<Scalar>,
    _ activation: RecurrentActivation, _ shape: RecurrentShape
  ) {
    shape.check(
      "Fast.simpleRecurrence", gates: 1, sums: sums.count, weight: weight.count, sequences: [],
      states: [initialHidden.count])
    let (units, time) = (shape.units, shape.time)
    unsafe withPointers(sums: &sums, weight, initialHidden) { hidden, weight, initial in
      let sweep = unsafe RecurrentSweep(weight, gates: 1, transposed: false, shape)
      defer { sweep.deallocate() }
      nonisolated(unsafe) let (hidden, initial) = unsafe (hidden, initial)
      sweep.forEachBlock { sequences in
        let scratch = UnsafeMutablePointer<Scalar>.allocate(
          capacity: sequences.count * units)
        defer { unsafe scratch.deallocate() }
        let first = unsafe hidden + sequences.lowerBound * time * units
        for t in 0..<time {
          unsafe sweep.multiply(
            t == 0
              ? initial + sequences.lowerBound * units : UnsafePointer(first + (t - 1) * units),
            stride: t == 0 ? units : time * units, count: sequences.count, into: scratch,
            accumulating: false)
          for (row, n) in sequences.enumerated() {
            let own = unsafe first + (row * time + t) * units
            let before = unsafe t == 0 ? initial + n * units : UnsafePointer(own - units)
            let isWithin = shape.isWithin(n, t)
            for j in stride(from: 0, to: units, by: Vector.scalarCount) {
              let count = units - j
              guard isWithin else {
                unsafe storeUnits(loadUnits(before + j, count), own + j, count)
                continue
              }
              let sum =
                unsafe loadUnits(own + j, count)
                + loadUnits(
                  scratch + row * units + j, count)
              let state =
                activation == .tanh ? Vector.tanh(sum) : sum.replacing(with: 0, where: sum .< 0)
              unsafe storeUnits(state, own + j, count)
            }
          }
        }
      }
    }
  }

  /// The pullback of `simpleRecurrence`; contract: `Naive.simpleRecurrenceBackward`.
  public static func simpleRecurrenceBackward(
    hidden: Span<Scalar>, _ weight: Span<Scalar>, gradient: inout MutableSpan<Scalar>,
    initialHiddenGradient: inout MutableSpan<Scalar>, _ activation: RecurrentActivation,
    _ shape: RecurrentShape
  ) {
    shape.check(
      "Fast.simpleRecurrenceBackward", gates: 1, sums: gradient.count, weight: weight.count,
      sequences: [hidden.count], states: [initialHiddenGradient.count])
    let (units, time) = (shape.units, shape.time)
    initialHiddenGradient.update(repeating: 0)
    unsafe withPointers(sums: &gradient, weight, hidden) { gradient, weight, hidden in
      unsafe withPointer(&initialHiddenGradient) { flowing in
        let sweep = unsafe RecurrentSweep(weight, gates: 1, transposed: true, shape)
        defer { sweep.deallocate() }
        nonisolated(unsafe) let (gradient, hidden, flowing) = unsafe (gradient, hidden, flowing)
        sweep.forEachBlock { sequences in
          let first = sequences.lowerBound
          let scratch = UnsafeMutablePointer<Scalar>.allocate(
            capacity: sequences.count * units)
          defer { unsafe scratch.deallocate() }
          for t in (0..<time).reversed() {
            for n in sequences {
              let own = shape.start(n, t, units)
              let isWithin = shape.isWithin(n, t)
              for j in stride(from: 0, to: units, by: Vector.scalarCount) {
                let count = units - j
                let state = unsafe loadUnits(hidden + own + j, count)
                let dh =
                  unsafe loadUnits(flowing + n * units + j, count)
                  + loadUnits(gradient + own + j, count)
                let slope =
                  activation == .tanh
                  ? 1 - state * state : Vector.zero.replacing(with: 1, where: state .> 0)
                unsafe storeUnits(isWithin ? dh * slope : .zero, gradient + own + j, count)
                // Where the sequence is over the state was carried through, and so is its gradient.
                unsafe storeUnits(isWithin ? .zero : dh, flowing + n * units + j, count)
              }
            }
            unsafe sweep.multiply(
              gradient + shape.start(first, t, units), stride: time * units,
              count: sequences.count, into: flowing + first * units, accumulating: true)
          }
        }
      }
    }
  }

  /// The address of an operand that changes; nothing to do for an empty one.
  @inline(__always)
  static func withPointer(
    _ sums: inout MutableSpan<Scalar>, _ body: (UnsafeMutablePointer<Scalar>) -> Void
  ) {
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      unsafe body(sums)
    }
  }

  /// The addresses of an operand that changes and of two that do not; nothing to do for an empty one.
  @inline(__always)
  static func withPointers(
    sums: inout MutableSpan<Scalar>, _ weight: Span<Scalar>, _ third: Span<Scalar>,
    _ body: (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>, UnsafePointer<Scalar>) -> Void
  ) {
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe weight.withUnsafeBufferPointer { weight in
        unsafe third.withUnsafeBufferPointer { third in
          guard let sums = sums.baseAddress, let weight = weight.baseAddress,
            let third = third.baseAddress
          else { return }
          unsafe body(sums, weight, third)
        }
      }
    }
  }
}
