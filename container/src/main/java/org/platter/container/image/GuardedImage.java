// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.platter.container.format.Failures;
import org.platter.container.format.FormatProvider;
import org.platter.error.DiskException;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageInfo;
import org.platter.format.Progress;
import org.platter.format.Run;

/**
 * An open image of a format, called as the SPI demands: {@code map} and {@code info} by anybody at any time, all else by
 * one thread at a time. Whatever the format throws, errors included, becomes a {@link DiskException} here, so that no
 * request can end without leaving the disk.
 *
 * <p>Two locks, taken in this order. {@code reservations}: shared by whoever allocates, transfers and makes visible;
 * exclusive to a flush, which gives back what is reserved and not visible. {@code changes}: the one call at a time.
 */
final class GuardedImage {
    private static final long YIELD = 1_000_000; // nanoseconds

    private final Image image;
    private final FormatProvider format;
    private final String place;
    private final ReentrantReadWriteLock reservations = new ReentrantReadWriteLock();
    private final ReentrantLock changes = new ReentrantLock();

    GuardedImage(Image image, FormatProvider format, String place) {
        this.image = image;
        this.format = format;
        this.place = place;
    }

    /** A call of the format. */
    interface Call<T> {
        T run(Image image) throws IOException;
    }

    /** Any call, its failures turned into those of the API. */
    static <T> T translating(FormatProvider format, String place, ChainLayer.Change<T> call) throws DiskException {
        try {
            return call.run();
        } catch (IOException e) {
            throw Failures.at(place, e);
        } catch (RuntimeException | Error e) {
            throw Failures.bug(format, e).at(place);
        }
    }

    Image image() {
        return image;
    }

    ImageInfo info() {
        return image.info();
    }

    Run map(long offset, long length) throws DiskException {
        try {
            return image.map(offset, length);
        } catch (IOException e) {
            throw Failures.at(place, e);
        } catch (RuntimeException | Error e) {
            throw Failures.bug(format, e).at(place);
        }
    }

    /** A call that the SPI wants one at a time. */
    <T> T changing(Call<T> call) throws DiskException {
        changes.lock();
        try {
            return translating(format, place, () -> call.run(image));
        } finally {
            changes.unlock();
        }
    }

    /** Runs what allocates, transfers and makes visible: no flush comes in between. */
    <T> T growing(ChainLayer.Change<T> work) throws IOException {
        reservations.readLock().lock();
        try {
            return work.run();
        } finally {
            reservations.readLock().unlock();
        }
    }

    /** Runs while nobody changes the map; requests that need no change of it go on. */
    <T> T still(Call<T> call) throws DiskException {
        reservations.writeLock().lock();
        try {
            return changing(call);
        } finally {
            reservations.writeLock().unlock();
        }
    }

    /** Checks in steps, between which those that wait to change the image come in. */
    CheckReport check(Progress progress) throws DiskException {
        return changing(checked -> checked.check(bytes -> {
            letOthersIn();
            progress.advance(bytes);
        }));
    }

    /** The lock is not fair: without a pause this thread would have it back before those that wait. */
    private void letOthersIn() {
        if (changes.hasQueuedThreads()) {
            changes.unlock();
            try {
                java.util.concurrent.locks.LockSupport.parkNanos(YIELD);
            } finally {
                changes.lock();
            }
        }
    }

    void close() throws DiskException {
        translating(format, place, () -> {
            image.close();
            return null;
        });
    }
}
