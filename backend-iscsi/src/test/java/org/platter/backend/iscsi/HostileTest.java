// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.iscsi.FakeTarget.Message;
import org.platter.error.DiskException;

/** Targets that mean harm. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(60)
class HostileTest {
    private static final String[] SHORT = {"Timeout", "1000", "RecoveryTimeout", "1000", "CommandTimeout", "1000"};
    private static final int READ = 0x28;

    /** 43: a PDU that is too long is refused before anything of it is kept; the request fails, nothing hangs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "length",
                "ahs",
                "garbage",
                "half",
                "data",
                "text",
                "login",
                "statsn",
                "reserved",
                "r2tdata",
                "slow"
            })
    void failsCleanly(String kind) throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (!message.is(READ)) {
                        return false;
                    }
                    Message evil = talk.stamp(
                            Message.of(0x25, 0x81).put(16, message.itt()).put(20, -1), true);
                    switch (kind) {
                        case "length" -> talk.raw(evil.put(4, 0x00FFFFFF).header());
                        case "ahs" -> talk.raw(evil.put(4, 0xFF000200).header());
                        case "garbage" -> talk.raw(new byte[4096]);
                        case "half" ->
                            talk.raw(java.util.Arrays.copyOf(evil.put(4, 512).header(), 20));
                        case "data" -> {
                            talk.raw(evil.put(4, 512).header());
                            talk.raw(new byte[100]);
                        }
                        case "slow" -> {
                            for (byte one : evil.put(4, 512).header()) {
                                talk.raw(one);
                                talk.flush();
                                pass(100); // each byte is life, but a PDU has to end
                            }
                        }
                        case "text" ->
                            talk.send(talk.stamp(Message.of(0x24, 0x80).put(16, message.itt()), true));
                        case "login" ->
                            talk.send(talk.stamp(Message.of(0x23, 0x87).put(16, message.itt()), true));
                        case "statsn" -> talk.send(evil.put(24, 99).with(new byte[512]));
                        case "reserved" ->
                            talk.send(talk.stamp(Message.of(0x25, 0x81).put(16, -1), true)
                                    .with(new byte[512]));
                        default ->
                            talk.send(talk.stamp(Message.of(0x31, 0x80).put(16, message.itt()), false)
                                    .with(new byte[512]));
                    }
                    talk.flush();
                    return true;
                });
                Unit unit = Unit.open(target.url(), SHORT)) {
            assertThrows(DiskException.class, () -> unit.read(0, 512));
        }
    }

    private static void pass(long millis) throws IOException {
        try {
            RecoveryTest.pass(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** 43: whatever bits of headers are turned, it ends well or with an error that the platform understands. */
    @Test
    void survivesHeadersWithTurnedBits() throws Exception {
        List<LogRecord> faults = Collections.synchronizedList(new ArrayList<>());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (entry.getThrown() != null) {
                    faults.add(entry);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger("org.platter.backend.iscsi");
        log.addHandler(handler);
        try {
            IntStream.range(0, 256).parallel().forEach(HostileTest::sessionWithTurnedBits);
        } finally {
            log.removeHandler(handler);
        }
        faults.forEach(entry -> entry.getThrown().printStackTrace());
        assertEquals(0, faults.size());
    }

    private static void sessionWithTurnedBits(int seed) {
        Random random = new Random(seed);
        int from = random.nextInt(24);
        try (FakeTarget target = new FakeTarget()) {
            AtomicInteger sent = new AtomicInteger();
            target.disturb = header -> {
                if (sent.getAndIncrement() >= from) {
                    header[random.nextInt(48)] ^= (byte) (1 << random.nextInt(8));
                }
            };
            try (Unit unit =
                    Unit.open(target.url(), "Timeout", "150", "RecoveryTimeout", "0", "CommandTimeout", "150")) {
                for (int i = 0; i < 8; i++) {
                    unit.write(new byte[1024 + i], i * 700L);
                    unit.read(i * 1000L, 5000);
                    unit.storage().flush();
                }
            }
        } catch (IOException e) {
            assertTrue(e instanceof DiskException, e::toString);
        }
    }

    /** 43: floods of PDUs without end neither fill memory nor stop the clocks. */
    @ParameterizedTest
    @ValueSource(strings = {"nop", "ping", "attention", "async", "nodata"})
    void survivesFloods(String kind) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (!message.is(READ)) {
                        return false;
                    }
                    if (kind.equals("attention")) {
                        talk.respond(message.itt(), 2, FakeTarget.sense(6, 0x29, 0));
                        return true;
                    }
                    while (!stop.get()) {
                        switch (kind) {
                            case "nop" ->
                                talk.send(talk.stamp(
                                        Message.of(0x20, 0x80).put(16, -1).put(20, -1), false));
                            case "ping" ->
                                talk.send(talk.stamp(
                                        Message.of(0x20, 0x80).put(16, -1).put(20, 7), false));
                            case "async" ->
                                talk.send(talk.stamp(
                                        Message.of(0x32, 0x80).put(16, -1).put8(36, 200), true));
                            default -> talk.dataIn(message.itt(), 0, 0);
                        }
                    }
                    return true;
                });
                Unit unit = Unit.open(target.url(), SHORT)) {
            long before = used();
            assertThrows(DiskException.class, () -> unit.read(0, 512));
            assertTrue(used() - before < 64 << 20);
            stop.set(true);
        }
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Parameters that lie about the unit are refused at open. */
    @ParameterizedTest
    @ValueSource(strings = {"zero", "odd", "huge", "overflow", "wrap", "short", "type", "absent", "pages"})
    void refusesLiesAboutTheUnit(String kind) throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.is(0x9E)) {
                ByteBuffer data = ByteBuffer.allocate(32).putLong(2047).putInt(512);
                switch (kind) {
                    case "zero" -> data.putInt(8, 0);
                    case "odd" -> data.putInt(8, 520);
                    case "huge" -> data.putInt(8, 1 << 30);
                    case "overflow" -> data.putLong(0, Long.MAX_VALUE / 256);
                    case "wrap" -> data.putLong(0, -1);
                    case "short" -> data = ByteBuffer.allocate(4);
                    default -> {
                        return false;
                    }
                }
                talk.answer(message, data.array());
                return true;
            }
            if (message.is(0x12) && (message.u8(33) & 1) == 0) {
                switch (kind) {
                    case "type" -> talk.answer(message, (byte) 5, (byte) 0, (byte) 5, (byte) 0, (byte) 31);
                    case "absent" -> talk.answer(message, (byte) 0x7F, (byte) 0, (byte) 5, (byte) 0, (byte) 31);
                    default -> {
                        return false;
                    }
                }
                return true;
            }
            if (message.is(0x12) && kind.equals("pages")) {
                talk.answer(
                        message, (byte) 0, message.header()[34], (byte) 0xFF, (byte) 0xFF, (byte) 0x83, (byte) 0x80);
                return true;
            }
            return false;
        })) {
            if (kind.equals("pages")) {
                Unit.open(target.url(), SHORT).close();
            } else {
                assertThrows(DiskException.class, () -> Unit.open(target.url(), SHORT));
            }
        }
    }

    /** 44: one thread, however much is asked for, and none afterwards. */
    @Test
    void usesOneThreadAndLeavesNoneBehind() throws Exception {
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> message.is(READ))) {
            Unit unit = Unit.open(target.url());
            List<CompletableFuture<Void>> pending = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                pending.add(unit.storage().readAsync(ByteBuffer.allocateDirect(512), 0));
            }
            assertEquals(1, ours());
            unit.close();
            assertEquals(0, ours());
            for (CompletableFuture<Void> future : pending) {
                assertTrue(future.isCompletedExceptionally());
            }
            assertThrows(DiskException.class, () -> unit.read(0, 512));
        }
    }

    private static long ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("platter-iscsi"))
                .count();
    }

    /** 44: nothing stays open after a failed open. */
    @Test
    void leavesNothingOpenAfterAFailedOpen() throws Exception {
        List<java.nio.channels.SocketChannel> channels = new ArrayList<>();
        try (FakeTarget target = new FakeTarget()) {
            target.writeProtected = true;
            assertThrows(
                    DiskException.class,
                    () -> Unit.open(target.url(), (address, timeout) -> {
                        channels.add(Unit.plain(address, timeout));
                        return channels.get(0);
                    }));
        }
        channels.forEach(channel -> assertTrue(!channel.isOpen()));
        assertEquals(0, ours());
    }

    /** 32: no spinning while the target refuses. */
    @Test
    void doesNotSpinWhileTheTargetRefuses() throws Exception {
        AtomicBoolean refuse = new AtomicBoolean();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    if (refuse.get()) {
                        talk.hangUp();
                        throw new IOException("refused");
                    }
                    return false;
                });
                Unit unit = Unit.open(target.url(), "RecoveryTimeout", "3000", "Timeout", "1000")) {
            refuse.set(true);
            target.drop();
            var bean = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long cpu = bean.getProcessCpuTime();
            long start = System.nanoTime();
            assertThrows(DiskException.class, () -> unit.read(0, 512));
            long wall = System.nanoTime() - start;
            assertTrue(bean.getProcessCpuTime() - cpu < wall, "more than one processor's time");
            assertTrue(target.received.size() < 100);
        }
    }
}
