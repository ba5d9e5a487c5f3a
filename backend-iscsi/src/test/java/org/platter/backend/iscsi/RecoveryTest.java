// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.TcpConnector;

/** Outages of a real target. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(120)
class RecoveryTest {
    @TempDir
    Path folder;

    /** Keeps the channels that it gave, so that a test can cut them. */
    static final class Cutter implements TcpConnector {
        private final List<SocketChannel> channels = Collections.synchronizedList(new ArrayList<>());

        @Override
        public SocketChannel connect(java.net.InetSocketAddress address, java.time.Duration timeout)
                throws IOException {
            SocketChannel channel = Unit.plain(address, timeout);
            channels.add(channel);
            return channel;
        }

        int connections() {
            return channels.size();
        }

        void cut() throws IOException {
            for (SocketChannel channel : List.copyOf(channels)) {
                channel.close();
            }
        }
    }

    static void pass(long millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }

    /** 29: crash and restart, drop, pause, each under load at depth 32. */
    @Test
    void losesNothingWhenTheTargetCrashesStopsOrDropsConnections() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "32M");
                Unit unit = Unit.open(target.url(1))) {
            Workload load = new Workload(unit.storage(), 32, 1024);
            load.start();
            pass(500);
            target.crash();
            pass(700);
            target.restart();
            pass(500);
            target.drop();
            pass(300);
            target.pause();
            pass(2000);
            target.resume();
            pass(500);
            target.drop();
            pass(500);
            load.endAndVerify();
        }
    }

    /** Connections cut at random points through the connector, as tests of the platform do. */
    @Test
    void losesNothingWhenConnectionsAreCutThroughTheConnector() throws Exception {
        Cutter cutter = new Cutter();
        try (Tgt target = Tgt.start(folder, "--size", "32M");
                Unit unit = Unit.open(target.url(1), cutter)) {
            Workload load = new Workload(unit.storage(), 32, 1024);
            load.start();
            for (int i = 0; i < 10; i++) {
                pass(100 + 37 * i % 100);
                cutter.cut();
            }
            pass(300);
            load.endAndVerify();
            assertTrue(cutter.connections() > 5);
        }
    }

    /** 30: an outage longer than the budget fails requests in time, and the next one after it works. */
    @Test
    void failsInTimeAndWorksAgainWhenTheTargetIsBack() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M");
                Unit unit = Unit.open(target.url(1), "RecoveryTimeout", "1500", "Timeout", "1000")) {
            unit.write(new byte[4096], 0);
            target.crash();
            long start = System.nanoTime();
            DiskException e = assertThrows(DiskException.class, () -> unit.read(0, 4096));
            assertEquals(ErrorCode.TIMEOUT, e.code());
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10));
            assertThrows(DiskException.class, () -> unit.read(0, 4096));
            target.restart();
            assertEquals(4096, unit.read(0, 4096).length);
        }
    }

    /** 31: a command that the target has lost ends by its own clock. */
    @Test
    void endsCommandsThatTheTargetLost() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M");
                Unit unit = Unit.open(
                        target.url(1), "RecoveryTimeout", "6000", "CommandTimeout", "1000", "Timeout", "1000")) {
            target.set("state", "offline");
            assertThrows(DiskException.class, () -> unit.read(0, 4096));
            target.set("state", "ready");
            assertEquals(4096, unit.read(0, 4096).length);
        }
    }

    /** 42: closing takes no longer because the target is silent, and may be done twice. */
    @Test
    void closesWhileTheTargetIsSilentAndTwice() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M")) {
            Unit unit = Unit.open(target.url(1));
            target.pause();
            java.util.concurrent.CompletableFuture<Void> pending =
                    unit.storage().readAsync(java.nio.ByteBuffer.allocateDirect(512), 0);
            long start = System.nanoTime();
            unit.close();
            unit.close();
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(4));
            assertTrue(pending.isCompletedExceptionally());
            target.resume();
        }
    }
}
