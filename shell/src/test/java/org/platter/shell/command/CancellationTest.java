// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class CancellationTest {
    private final Cancellation cancellation = new Cancellation();
    private final AtomicInteger count = new AtomicInteger();

    @Test
    void actionsRunOnRequest() {
        cancellation.onRequest(count::incrementAndGet);
        assertDoesNotThrow(cancellation::check);
        cancellation.request();
        assertEquals(1, count.get());
        assertEquals(
                ErrorCode.CANCELLED,
                assertThrows(DiskException.class, cancellation::check).code());
    }

    @Test
    void aLateActionRunsAtOnce() {
        cancellation.request();
        cancellation.onRequest(count::incrementAndGet);
        assertEquals(1, count.get());
    }

    @Test
    void aClosedActionDoesNotRun() {
        cancellation.onRequest(count::incrementAndGet).close();
        cancellation.request();
        assertEquals(0, count.get());
    }
}
