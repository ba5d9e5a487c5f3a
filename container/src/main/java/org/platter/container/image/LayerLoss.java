// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.util.Optional;
import java.util.function.Supplier;
import org.platter.error.DiskException;

/**
 * The memory of a failed flush. What it was to make durable may be lost although nobody can see that any longer: the host
 * reports such an error once, and pages count as written afterwards. So every later flush and request fails with the
 * first reason, until the image is opened anew from what is stored. Safe for use by many threads.
 */
public final class LayerLoss {
    private final Supplier<String> shown;
    private volatile DiskException first; // null while nothing is lost
    private volatile Runnable told = () -> {};

    LayerLoss(Supplier<String> shown) {
        this.shown = shown;
    }

    /** The failure, if there was one. */
    public Optional<DiskException> failure() {
        return Optional.ofNullable(first);
    }

    boolean present() {
        return first != null;
    }

    /** Fails if something is lost. */
    void require() throws DiskException {
        DiskException failure = first;
        if (failure != null) {
            throw new DiskException(failure.code(), failure.getMessage(), failure);
        }
    }

    /** From now on {@code listener} runs when something is lost; at once if it is already. */
    public void tell(Runnable listener) {
        told = listener;
        tellIfPresent();
    }

    void tellIfPresent() {
        if (first != null) {
            told.run();
        }
    }

    /** Something is lost, and who listens is told; gives the failure for who caused it. */
    DiskException report(String what, DiskException cause) {
        remember(what, cause);
        told.run();
        return cause;
    }

    /** Something is lost that the disk has elsewhere too. */
    DiskException remember(String what, DiskException cause) {
        if (first == null) {
            first = new DiskException(
                    cause.code(),
                    shown.get() + " " + what + ": " + cause.getMessage()
                            + "; close the disk and open it again to go on " + "with what is stored",
                    cause);
        }
        return cause;
    }

    /** The image has been opened anew. */
    void forget() {
        first = null;
    }
}
