// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Which jobs and changes use which images of a disk. A job claims before it begins, and is refused at once if another has
 * what it needs: waiting would be in the dark, for as long as the other takes. Short changes of structure wait for each
 * other, and are refused for the sake of jobs. Requests claim nothing. The table is in docs/concurrency.md.
 *
 * <p>Claims are compared and taken in one step, together with a look at the images there are. A change of the list of
 * images holds its claim until the list has changed, so no claim rests on a list that is out of date.
 */
public final class Claims {
    /** What of an image is used. */
    public enum Aspect {
        /** What the disk reads as, seen from the image. */
        CONTENT,
        /** Its file, its link, its place in the chain and the layout of its map. */
        IMAGE
    }

    /**
     * One use of an image.
     *
     * @param layer the image, or null for the disk as such: its size, and the place above the last image
     */
    public record Use(ChainLayer layer, Aspect aspect, boolean exclusive) {
        /** With others of the kind. */
        public static Use shared(ChainLayer layer, Aspect aspect) {
            return new Use(layer, aspect, false);
        }

        /** Alone. */
        public static Use exclusive(ChainLayer layer, Aspect aspect) {
            return new Use(layer, aspect, true);
        }

        /** How large the disk is, which image is the last one or not. */
        public static Use size(boolean exclusive) {
            return new Use(null, Aspect.CONTENT, exclusive);
        }

        /** Nobody else puts an image on top or takes one away. */
        public static Use top() {
            return new Use(null, Aspect.IMAGE, true);
        }

        private boolean conflicts(Use other) {
            return layer == other.layer && aspect == other.aspect && (exclusive || other.exclusive);
        }
    }

    /** What somebody needs of the images that there are, base first. */
    public interface Needs {
        List<Use> of(List<ChainLayer> layers) throws DiskException;
    }

    /** Images that are claimed until this is closed. */
    public final class Claim implements AutoCloseable {
        private final String holder;
        private final boolean job;
        private final List<Use> uses;

        private Claim(String holder, boolean job, List<Use> uses) {
            this.holder = holder;
            this.job = job;
            this.uses = new ArrayList<>(uses);
        }

        @Override
        public void close() {
            synchronized (Claims.this) {
                held.remove(this);
                Claims.this.notifyAll();
            }
        }
    }

    private final Chain chain;
    private final List<Claim> held = new ArrayList<>(); // guarded by this
    private boolean shut; // guarded by this

    Claims(Chain chain) {
        this.chain = chain;
    }

    /** Claims for a job, {@code holder} being its number and name. */
    public synchronized Claim forJob(String holder, Needs needs) throws DiskException {
        requireOpen();
        List<Use> uses = needs.of(chain.layers());
        Optional<Claim> other = conflict(uses);
        if (other.isPresent()) {
            throw busy(other.get(), uses);
        }
        return hold(new Claim(holder, true, uses));
    }

    /** Claims for a short change, which waits for others of its kind. */
    public synchronized Claim forChange(String holder, Needs needs) throws DiskException {
        boolean interrupted = false;
        try {
            while (true) {
                requireOpen();
                List<Use> uses = needs.of(chain.layers());
                Optional<Claim> other = conflict(uses);
                if (other.isEmpty()) {
                    return hold(new Claim(holder, false, uses));
                }
                if (other.get().job) {
                    throw busy(other.get(), uses);
                }
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Claim hold(Claim claim) {
        held.add(claim);
        return claim;
    }

    private Optional<Claim> conflict(List<Use> uses) {
        Optional<Claim> job = held.stream()
                .filter(other -> other.job && conflicts(other, uses))
                .findFirst();
        return job.or(
                () -> held.stream().filter(other -> conflicts(other, uses)).findFirst());
    }

    private static boolean conflicts(Claim other, List<Use> uses) {
        return other.uses.stream().anyMatch(use -> uses.stream().anyMatch(use::conflicts));
    }

    private static DiskException busy(Claim other, List<Use> uses) {
        String image = other.uses.stream()
                .filter(use -> uses.stream().anyMatch(use::conflicts))
                .findFirst()
                .map(Use::layer)
                .map(ChainLayer::shown)
                .orElse("the disk");
        return new DiskException(
                ErrorCode.BUSY,
                image + " is in use by " + other.holder
                        + (other.job ? "; wait until it has ended, or cancel it" : "; try again"));
    }

    private void requireOpen() throws DiskException {
        if (shut) {
            throw new DiskException(ErrorCode.NOT_OPENED, "the disk is being closed");
        }
    }

    /** Whether the disk is being closed: then nobody claims anything. */
    public synchronized void closing(boolean now) {
        shut = now;
        notifyAll();
    }
}
