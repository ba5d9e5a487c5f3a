// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.iscsi.FakeTarget.Message;
import org.platter.backend.iscsi.FakeTarget.Talk;
import org.platter.error.DiskException;

/** What can go wrong on the way back. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(60)
class ReconnectTest {
    private static final int LOGIN = 3;
    private static final int STAGE = 0x0C;

    /** 32: a login that fails at any step, three times; then all is well, and nobody has hammered the target. */
    @ParameterizedTest
    @ValueSource(
            strings = {"close", "0203", "0300", "0302", "silence", "garbage", "half", "operational", "unready", "busy"})
    void getsOverFailuresAtEveryStep(String kind) throws Exception {
        AtomicInteger left = new AtomicInteger();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> fails(talk, message, kind, left));
                Unit unit = Unit.open(target.url(), "Timeout", "400", "RecoveryTimeout", "20000")) {
            unit.write(new byte[] {1, 2, 3, 4}, 0);
            left.set(3);
            int before = target.received.size();
            target.drop();
            assertEquals(3, unit.read(0, 4)[2]);
            assertEquals(0, left.get());
            assertTrue(target.received.size() - before < 100, "too many tries");
        }
    }

    private static boolean fails(Talk talk, Message message, String kind, AtomicInteger left) throws IOException {
        boolean step = switch (kind) {
            case "operational" -> message.opcode() == LOGIN && (message.u8(1) & STAGE) != 0;
            case "unready", "busy" -> message.is(0x00);
            default -> message.opcode() == LOGIN;
        };
        if (!step || left.get() == 0) {
            return false;
        }
        left.decrementAndGet();
        switch (kind) {
            case "close", "operational" -> talk.hangUp();
            case "silence" -> talk.flush();
            case "garbage" -> talk.raw(new byte[48]);
            case "half" -> talk.raw(new byte[20]);
            case "unready" -> talk.respond(message.itt(), 2, FakeTarget.sense(2, 4, 1));
            case "busy" -> talk.respond(message.itt(), 8);
            default -> talk.login(message, 0, Integer.parseInt(kind, 16), Map.of());
        }
        talk.flush();
        return true;
    }

    /** 41: even one for good is followed anew after each outage, from the configured address on. */
    @Test
    void followsAPermanentRedirection() throws Exception {
        try (FakeTarget real = new FakeTarget();
                FakeTarget front = FakeTarget.scripted((talk, message) -> {
                    talk.login(message, 0, 0x0102, Map.of("TargetAddress", "127.0.0.1:" + real.port()));
                    return true;
                });
                Unit unit = Unit.open(front.url())) {
            unit.read(0, 512);
            real.drop();
            unit.read(0, 512);
            assertEquals(2, real.logins.get());
            assertEquals(2, front.received.size());
        }
    }

    /** 41: sent to where nobody is. */
    @Test
    void failsWhereARedirectionLeadsNowhere() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = free.getLocalPort();
        }
        try (FakeTarget front = FakeTarget.scripted((talk, message) -> {
            talk.login(message, 0, 0x0101, Map.of("TargetAddress", "127.0.0.1:" + closed + ",1"));
            return true;
        })) {
            assertThrows(DiskException.class, () -> Unit.open(front.url(), "Timeout", "500"));
        }
    }

    /** 42: closing does not wait for a reconnect that may never succeed. */
    @ParameterizedTest
    @ValueSource(strings = {"close", "silence", "0300"})
    void closesInTheMiddleOfAReconnect(String kind) throws Exception {
        AtomicInteger left = new AtomicInteger();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> fails(talk, message, kind, left))) {
            Unit unit = Unit.open(target.url(), "Timeout", "20000", "RecoveryTimeout", "-1");
            left.set(Integer.MAX_VALUE);
            target.drop();
            CompletableFuture<Void> pending = unit.storage().readAsync(ByteBuffer.allocateDirect(512), 0);
            while (left.get() == Integer.MAX_VALUE) {
                RecoveryTest.pass(5);
            }
            long start = System.nanoTime();
            unit.close();
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(4));
            assertTrue(pending.isCompletedExceptionally());
        }
    }
}
