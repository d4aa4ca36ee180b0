import KernelSupport

/// Copies an operand of a matrix product into panels that a register tile reads from front to back.
///
///     for each panel of `width` lanes { for p in 0..<steps { for lane in 0..<width {
///       packed.append(source[lane · laneStride + p · stepStride])
///     } } }
///
/// Lanes beyond the last are filled with numbers that a product computes with and does not keep. A lane is a
/// row of op(A) or a column of op(B). One of the two strides is 1: where lanes are neighbours a step is copied
/// as it is; where steps are neighbours, squares of eight by eight are transposed in registers, since element
/// by element that copy alone would cost a tenth of the product.
package struct PanelPacking {
  /// The lanes of a panel: a tile's rows or columns.
  let width: Int
  package let laneStride: Int
  package let stepStride: Int

  /// Describes an operand.
  package init(width: Int, laneStride: Int, stepStride: Int) {
    self.width = width
    self.laneStride = laneStride
    self.stepStride = stepStride
  }

  /// The side of a square of lanes and steps that is copied at a time.
  private static let square = Vector.scalarCount

  /// The distance between panels. Whole vectors are written: where they do not fill a step, the last of them
  /// reaches beyond its panel.
  private func panelStride(_ steps: Int) -> Int {
    width * steps + (width.isMultiple(of: Self.square) ? 0 : Self.square)
  }

  /// The scalars that the panels of `count` lanes take.
  package func capacity(_ count: Int, _ steps: Int) -> Int {
    count.dividedRoundingUp(by: width) * panelStride(steps)
  }

  /// Packs `steps` steps of `count` lanes.
  ///
  /// The source is read in the order it lies in: where lanes are neighbours, eight steps of every panel
  /// and then the next eight; where steps are, one panel after another.
  ///
  /// - Parameters:
  ///   - source: lane 0, step 0.
  ///   - count: how many lanes.
  ///   - steps: how many steps.
  ///   - packed: `capacity(count, steps)` scalars, which are overwritten.
  ///   - panelStride: the distance between panels where they are parts of longer ones: at least
  ///     `width` · `steps`, and `width` a multiple of eight then; nil packs them densely.
  /// - Returns: where the panels are.
  @discardableResult
  package func pack(
    _ source: UnsafePointer<Scalar>, _ count: Int, steps: Int,
    into packed: UnsafeMutablePointer<Scalar>, panelStride: Int? = nil
  ) -> PanelBlock {
    let panelStride = panelStride ?? self.panelStride(steps)
    let panels = 0..<count.dividedRoundingUp(by: width)
    let squares = stride(from: 0, to: steps, by: Self.square)
    if laneStride == 1 {
      for step in squares {
        for panel in panels {
          unsafe packSquare(source, count, panel, step, steps, packed + panel &* panelStride)
        }
      }
    } else {
      for panel in panels {
        for step in squares {
          unsafe packSquare(source, count, panel, step, steps, packed + panel &* panelStride)
        }
      }
    }
    return unsafe PanelBlock(start: packed, lane: 1, step: width, panel: panelStride)
  }

  /// Packs up to eight steps of one panel.
  @inline(__always)
  private func packSquare(
    _ source: UnsafePointer<Scalar>, _ count: Int, _ panel: Int, _ step: Int, _ steps: Int,
    _ packed: UnsafeMutablePointer<Scalar>
  ) {
    let lane = panel &* width
    let stepCount = min(Self.square, steps &- step)
    let from = unsafe source + (lane &* laneStride &+ step &* stepStride)
    let to = unsafe packed + step &* width
    let lanes = min(width, count &- lane)
    if laneStride == 1 && count &- lane >= width.roundedUp(toMultipleOf: TileVector.scalarCount) {
      unsafe copy(from, stepCount, to)
    } else if laneStride == 1 {
      unsafe copy(from, lanes: lanes, stepCount, to)
    } else if stepStride == 1 && stepCount == Self.square {
      unsafe transpose(from, lanes: lanes, to)
    } else {
      unsafe copyElements(from, lanes: lanes, stepCount, to)
    }
  }

  /// Lanes are neighbours: whole vectors, the excess of the last overwritten by the step that follows.
  @inline(__always)
  private func copy(
    _ source: UnsafePointer<Scalar>, _ steps: Int, _ packed: UnsafeMutablePointer<Scalar>
  ) {
    for step in 0..<steps {
      var lane = 0
      while lane < width {
        let vector = unsafe TileVector(at: source + (step &* stepStride &+ lane))
        unsafe vector.store(to: packed + (step &* width &+ lane))
        lane &+= TileVector.scalarCount
      }
    }
  }

  /// Lanes are neighbours, but too few for whole vectors.
  private func copy(
    _ source: UnsafePointer<Scalar>, lanes: Int, _ steps: Int,
    _ packed: UnsafeMutablePointer<Scalar>
  ) {
    for step in 0..<steps {
      let from = unsafe source + step &* stepStride
      let to = unsafe packed + step &* width
      var lane = 0
      while lane &+ Vector.scalarCount <= lanes {
        unsafe Vector(at: from + lane).store(to: to + lane)
        lane &+= Vector.scalarCount
      }
      while lane < lanes {
        unsafe to[lane] = from[lane]
        lane &+= 1
      }
      while lane < width {
        unsafe to[lane] = 0
        lane &+= 1
      }
    }
  }

  /// Steps are neighbours: squares of eight lanes by eight steps, turned over.
  @inline(__always)
  private func transpose(
    _ source: UnsafePointer<Scalar>, lanes: Int, _ packed: UnsafeMutablePointer<Scalar>
  ) {
    var lane = 0
    while lane < width {
      // The lanes of the square that do not exist repeat the last; beyond the panel they are overwritten.
      let first = min(lane, lanes &- 1)
      unsafe transposeSquare(
        source + first &* laneStride, lastLane: min(lanes &- 1 &- first, Self.square &- 1),
        packed + lane)
      lane &+= Self.square
    }
  }

  /// Writes a square of eight steps by eight lanes.
  @inline(__always)
  private func transposeSquare(
    _ source: UnsafePointer<Scalar>, lastLane: Int, _ packed: UnsafeMutablePointer<Scalar>
  ) {
    let steps = unsafe SquareTransposition(source, laneStride: laneStride, lastLane: lastLane).steps
    unsafe steps.0.store(to: packed)
    unsafe steps.1.store(to: packed + width)
    unsafe steps.2.store(to: packed + 2 &* width)
    unsafe steps.3.store(to: packed + 3 &* width)
    unsafe steps.4.store(to: packed + 4 &* width)
    unsafe steps.5.store(to: packed + 5 &* width)
    unsafe steps.6.store(to: packed + 6 &* width)
    unsafe steps.7.store(to: packed + 7 &* width)
  }

  /// The last steps, one element at a time, and zeros for the lanes that do not exist.
  private func copyElements(
    _ source: UnsafePointer<Scalar>, lanes: Int, _ steps: Int,
    _ packed: UnsafeMutablePointer<Scalar>
  ) {
    for step in 0..<steps {
      for lane in 0..<width {
        unsafe packed[step &* width &+ lane] =
          lane < lanes ? source[lane &* laneStride &+ step &* stepStride] : 0
      }
    }
  }
}

extension UnsafeMutablePointer where Pointee == Scalar {
  /// Room for numbers, to be freed with `deallocate`, that begins where a cache line does.
  ///
  /// A vector that reaches over the end of a line costs two accesses. Of the widest vectors every one would,
  /// had their panel no such start: products of large matrices ran at five sixths of their rate.
  package static func allocateLines(capacity: Int) -> Self {
    unsafe UnsafeMutableRawPointer.allocate(
      byteCount: capacity * MemoryLayout<Scalar>.stride, alignment: 64
    ).bindMemory(to: Scalar.self, capacity: capacity)
  }
}
