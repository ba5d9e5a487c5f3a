// SPDX-License-Identifier: Apache-2.0
package org.platter.container.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.platter.backend.raw.RawBackend;
import org.platter.container.format.FormatProvider;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/** Whoever waits for a newcomer may give up; what the newcomer opens later must not stay open. */
@Timeout(60)
class ShadowCheckTest {
    private static final FormatProvider NEWCOMER = new FormatProvider(
            "RAW", "org.platter.newcomer", "2.0.0", 0, Set.of(), List.of(), List.of(), List.of(), new RawBackend());

    /** An image that is opened when {@code opens} says so, and tells when it is closed. */
    private static final class LateImage implements Image {
        private final CompletableFuture<Void> opens = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();

        Image open() {
            opens.join();
            return this;
        }

        @Override
        public ImageInfo info() {
            throw new AssertionError("nobody asks it");
        }

        @Override
        public Run map(long offset, long length) {
            throw new AssertionError("nobody asks it");
        }

        @Override
        public void close() {
            closed.complete(null);
        }
    }

    @Test
    void anImageThatComesAfterTheTimeIsClosed() throws Exception {
        LateImage image = new LateImage();
        ShadowCheck check = new ShadowCheck(NEWCOMER, Duration.ofMillis(10));
        DiskException late = assertThrows(DiskException.class, () -> check.bounded("opening", image::open));
        assertEquals(ErrorCode.TIMEOUT, late.code());
        image.opens.complete(null);
        image.closed.get(30, TimeUnit.SECONDS);
    }

    @Test
    void anImageThatComesAfterAnInterruptIsClosed() throws Exception {
        LateImage image = new LateImage();
        ShadowCheck check = new ShadowCheck(NEWCOMER, Duration.ofMinutes(5));
        Thread.currentThread().interrupt();
        DiskException gaveUp = assertThrows(DiskException.class, () -> check.bounded("opening", image::open));
        assertEquals(ErrorCode.CANCELLED, gaveUp.code());
        assertTrue(Thread.interrupted(), "the interrupt is kept");
        image.opens.complete(null);
        image.closed.get(30, TimeUnit.SECONDS);
    }
}
