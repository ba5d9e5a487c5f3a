// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.platter.container.data.DirtyRanges;
import org.platter.container.data.RangeLocks;
import org.platter.container.format.Platform;
import org.platter.container.image.ChainLayer;
import org.platter.disk.DiskOptions;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The images of one disk and the two ways to them: {@link Inside} for requests and steps of jobs, {@link Alone} for
 * changes of the images themselves, with nobody inside.
 *
 * <p>Lock order: structure, gate, range, reservations of one image, changes of one image (see docs/concurrency.md). No
 * thread holds two ranges. Nobody inside the gate asks for the structure.
 */
public final class Chain {
    private static final ChainLayer[] NONE = {};

    private final Platform formats;
    private volatile DiskOptions options;
    private final Gate gate = new Gate();
    private final RangeLocks ranges = new RangeLocks();
    private final Modification modification = new Modification();
    private final Claims claims = new Claims(this);
    private final Access access;
    private final ReentrantLock structure = new ReentrantLock();

    private volatile ChainLayer[] layers = NONE; // changes with the structure held and nobody inside
    private volatile ChainLayer failed; // an image that has lost something, else null
    private volatile Consumer<ChainLayer> lossWatcher = layer -> {};
    private volatile boolean suspended; // changes with the structure held: some image has no backend
    private volatile DirtyRanges watched; // null unless somebody watches

    /** An empty chain. */
    public Chain(Platform formats, DiskOptions options) {
        this.formats = formats;
        this.options = options;
        access = new Access(options.listener());
    }

    public Platform formats() {
        return formats;
    }

    public DiskOptions options() {
        return options;
    }

    /** From now on requests wait so long while a format is away; those that wait already keep their time. */
    public void swapTimeout(Duration timeout) {
        options = options.withSwapTimeout(timeout);
    }

    public Gate gate() {
        return gate;
    }

    /** Which jobs use which images. */
    public Claims claims() {
        return claims;
    }

    public RangeLocks ranges() {
        return ranges;
    }

    Modification modification() {
        return modification;
    }

    /** Base first; never changes itself. */
    public List<ChainLayer> layers() {
        return List.of(layers);
    }

    /** The last image. */
    public ChainLayer last() throws DiskException {
        ChainLayer[] now = layers;
        if (now.length == 0) {
            throw notOpened();
        }
        return now[now.length - 1];
    }

    /** Its place, or {@code IMAGE_NOT_FOUND}. */
    public int index(ChainLayer layer) throws DiskException {
        int index = Arrays.asList(layers).indexOf(layer);
        if (index < 0) {
            throw notFound(layer);
        }
        return index;
    }

    static DiskException notFound(ChainLayer layer) {
        return new DiskException(ErrorCode.IMAGE_NOT_FOUND, layer.shown() + " is not open in this disk");
    }

    private static DiskException notOpened() {
        return new DiskException(ErrorCode.NOT_OPENED, "the disk has no image; open or create one first");
    }

    // --- inside ---

    /** Something done inside. */
    public interface Work<T> {
        T run(Inside inside) throws IOException;
    }

    /** Goes in, waiting while the gate is closed. */
    public Inside enter(Access.Kind kind) throws DiskException {
        access.start(kind);
        try {
            gate.enter();
        } catch (DiskException | RuntimeException | Error e) {
            access.finish(kind);
            throw e;
        }
        return admitted(kind);
    }

    /** Goes in now or later, and gives the stay to {@code inside}; nothing may be thrown by either. */
    public void enterAsync(Access.Kind kind, Consumer<Inside> inside, Consumer<DiskException> refused) {
        access.start(kind);
        Consumer<DiskException> outside = failure -> {
            access.finish(kind);
            refused.accept(failure);
        };
        gate.enterAsync(
                () -> {
                    Inside stay;
                    try {
                        stay = admitted(kind);
                    } catch (DiskException e) {
                        refused.accept(e);
                        return;
                    }
                    inside.accept(stay);
                },
                outside);
    }

    /** What the disk is, is looked at behind the gate only: it may have changed while the request waited. */
    private Inside admitted(Access.Kind kind) throws DiskException {
        ChainLayer[] now = layers;
        ChainLayer lost = failed;
        if (now.length > 0 && lost == null) {
            return new Inside(this, kind, now);
        }
        leave(kind);
        throw now.length == 0 ? notOpened() : refusal(lost);
    }

    private static DiskException refusal(ChainLayer lost) {
        return lost.lost()
                .map(first -> new DiskException(first.code(), first.getMessage(), first))
                .orElseGet(() -> new DiskException(ErrorCode.BAD_STATE, lost.shown() + " does not serve"));
    }

    void leave(Access.Kind kind) {
        if (kind != null) {
            gate.leave();
            access.finish(kind);
        }
    }

    /** Reads inside. */
    public <T> T reading(Work<T> work) throws DiskException {
        return inside(Access.Kind.READ, work);
    }

    /** Changes something inside. */
    public <T> T writing(Work<T> work) throws DiskException {
        return inside(Access.Kind.WRITE, work);
    }

    private <T> T inside(Access.Kind kind, Work<T> work) throws DiskException {
        try (Inside inside = enter(kind)) {
            try {
                return work.run(inside);
            } catch (IOException e) {
                throw inside.failure(e);
            }
        }
    }

    /** The way to the images for who is alone; nothing is entered, and nothing left when it is closed. */
    Inside insideAlone() {
        return new Inside(this, null, layers);
    }

    void watchWrites(DirtyRanges into) {
        watched = into;
    }

    DirtyRanges watched() {
        return watched;
    }

    // --- alone ---

    /** A change of the list or the images themselves. */
    public interface Change<T> {
        T run(Alone alone) throws DiskException;
    }

    /** Runs a change with nobody inside; waits while the disk is suspended. */
    public <T> T alone(Change<T> change) throws DiskException {
        access.start(Access.Kind.WRITE);
        try {
            return waitingWhileSuspended(change);
        } finally {
            access.finish(Access.Kind.WRITE);
        }
    }

    private <T> T waitingWhileSuspended(Change<T> change) throws DiskException {
        while (true) {
            gate.enter();
            gate.leave();
            structure.lock();
            try {
                if (!suspended) {
                    return closed(change);
                }
            } finally {
                structure.unlock();
            }
        }
    }

    private <T> T closed(Change<T> change) throws DiskException {
        gate.close();
        try {
            return change.run(new Alone(this));
        } finally {
            failed = Arrays.stream(layers)
                    .filter(layer -> layer.lost().isPresent())
                    .findFirst()
                    .orElse(null);
            gate.open();
        }
    }

    /** Closes all images, whatever state they are in; works on a suspended disk too. */
    public void close() throws DiskException {
        access.start(Access.Kind.WRITE);
        structure.lock();
        try {
            suspended = false;
            closed(alone -> {
                alone.closeAll();
                return null;
            });
        } finally {
            structure.unlock();
            access.finish(Access.Kind.WRITE);
        }
    }

    // --- for those who change images with the structure held ---

    /** Held while images or their list change, and by a swap from the first image that goes to the last that is back. */
    public ReentrantLock structure() {
        return structure;
    }

    /** True while some image has no backend. */
    public boolean suspended() {
        return suspended;
    }

    /** Says that some image has no backend, or that all have; the structure is held. */
    public void suspended(boolean now) {
        suspended = now;
    }

    ChainLayer[] array() {
        return layers;
    }

    /** Puts other images in; nobody is inside. */
    void stack(List<ChainLayer> images) {
        List<ChainLayer> before = new ArrayList<>(List.of(layers));
        layers = images.toArray(NONE);
        before.removeAll(images);
        before.forEach(layer -> layer.loss().tell(() -> {}));
        images.forEach(layer -> layer.loss().tell(() -> lost(layer)));
        arm();
    }

    /** From now on {@code told} hears of images that are lost; on the thread that found out. */
    public void onLoss(Consumer<ChainLayer> told) {
        lossWatcher = told;
    }

    private void lost(ChainLayer layer) {
        if (failed == null) {
            failed = layer;
            lossWatcher.accept(layer);
        }
    }

    void arm() {
        ChainLayer[] now = layers;
        if (now.length > 0 && !now[now.length - 1].readOnly()) {
            modification.arm();
        } else {
            modification.disarm();
        }
    }
}
