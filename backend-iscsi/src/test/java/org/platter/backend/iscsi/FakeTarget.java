// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A target in memory that does everything right, except what a test's {@link Script} does instead. One thread for each
 * connection. Fields may be set before the first connection.
 */
final class FakeTarget implements AutoCloseable {
    static final String NAME = "iqn.2026-01.test:fake";

    /** Takes over PDUs. */
    @FunctionalInterface
    interface Script {
        /** True if the script has dealt with the PDU. */
        boolean take(Talk talk, Message message) throws IOException;
    }

    /** A PDU as it came, or to be sent. */
    record Message(byte[] header, byte[] data) {
        static Message of(int opcode, int flags) {
            byte[] header = new byte[48];
            header[0] = (byte) opcode;
            header[1] = (byte) flags;
            return new Message(header, new byte[0]);
        }

        ByteBuffer fields() {
            return ByteBuffer.wrap(header);
        }

        int opcode() {
            return header[0] & 0x3F;
        }

        int i32(int at) {
            return fields().getInt(at);
        }

        long i64(int at) {
            return fields().getLong(at);
        }

        int u8(int at) {
            return header[at] & 0xFF;
        }

        Message put(int at, int value) {
            fields().putInt(at, value);
            return this;
        }

        Message put8(int at, int value) {
            header[at] = (byte) value;
            return this;
        }

        Message lun(long value) {
            fields().putLong(8, value);
            return this;
        }

        Message with(byte[] bytes) {
            return new Message(header, bytes);
        }

        int itt() {
            return i32(16);
        }

        /** Operation code of a SCSI command. */
        int command() {
            return opcode() == 1 ? u8(32) : -1;
        }

        boolean is(int command) {
            return command() == command;
        }

        String text() {
            return new String(data, StandardCharsets.UTF_8);
        }
    }

    private final ServerSocket server;
    private final List<Talk> talks = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    final List<Message> received = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger logins = new AtomicInteger();

    volatile byte[] disk = new byte[1 << 20];
    volatile int blockSize = 512;
    volatile long claimedBlocks;
    volatile String serial = "FAKE0001";
    volatile int window = 32;
    volatile int firstSn = 1;
    volatile boolean writeProtected;
    volatile Script script = (talk, message) -> false;

    /** Changes headers on their way out. */
    volatile Consumer<byte[]> disturb = header -> {};

    final Map<String, String> keys = new LinkedHashMap<>();

    FakeTarget() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(this::accept, "fake target");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    /** With a script. */
    static FakeTarget scripted(Script script) throws IOException {
        FakeTarget target = new FakeTarget();
        target.script = script;
        return target;
    }

    /** One that answers commands of that code with CHECK CONDITION and these sense bytes, so many times. */
    static FakeTarget failing(int command, int times, byte... sense) throws IOException {
        AtomicInteger left = new AtomicInteger(times);
        return scripted((talk, message) -> {
            if (message.is(command) && left.getAndDecrement() > 0) {
                talk.respond(message.itt(), 2, sense);
                return true;
            }
            return false;
        });
    }

    static byte[] sense(int key, int asc, int ascq) {
        byte[] sense = new byte[18];
        sense[0] = 0x70;
        sense[2] = (byte) key;
        sense[7] = 10;
        sense[12] = (byte) asc;
        sense[13] = (byte) ascq;
        return sense;
    }

    int port() {
        return server.getLocalPort();
    }

    URI url() {
        return url(0);
    }

    URI url(int lun) {
        return URI.create("iscsi://127.0.0.1:" + port() + "/" + NAME + "/" + lun);
    }

    /** How many commands of that code have come. */
    long count(int command) {
        synchronized (received) {
            return received.stream().filter(message -> message.is(command)).count();
        }
    }

    /** Closes every connection. */
    void drop() {
        synchronized (talks) {
            talks.forEach(Talk::hangUp);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Talk talk = new Talk(socket);
                talks.add(talk);
                Thread thread = new Thread(talk::run, "fake target connection");
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            }
        } catch (IOException e) {
            // closed
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        drop();
    }

    /** One connection. */
    final class Talk {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;
        private final Map<Integer, Write> writes = new HashMap<>();
        int statSn = firstSn;
        int expCmdSn = firstSn;
        Map<String, String> theirs = new HashMap<>();
        boolean fullFeature;
        private volatile boolean gone;

        private final class Write {
            final Message command;
            final byte[] data;
            int got;
            int asked;
            boolean unsolicited;
            int r2tSn;

            Write(Message command) {
                this.command = command;
                data = new byte[command.i32(20)];
            }
        }

        Talk(Socket socket) throws IOException {
            this.socket = socket;
            in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
            out = new java.io.BufferedOutputStream(socket.getOutputStream(), 1 << 20);
        }

        void hangUp() {
            gone = true;
            try {
                socket.close();
            } catch (IOException e) {
                // gone
            }
        }

        private void run() {
            try {
                while (true) {
                    Message message = read();
                    if (gone) {
                        return; // came in while the connection was being closed
                    }
                    received.add(message);
                    if (fullFeature && (message.header[0] & 0x40) == 0 && message.opcode() != 5) {
                        expCmdSn = message.i32(24) + 1;
                    }
                    if (!script.take(this, message)) {
                        handle(message);
                    }
                    if (in.available() == 0) {
                        out.flush();
                    }
                }
            } catch (IOException e) {
                hangUp();
            }
        }

        private Message read() throws IOException {
            byte[] header = new byte[48];
            in.readFully(header);
            int length = ByteBuffer.wrap(header).getInt(4) & 0xFFFFFF;
            byte[] data = new byte[length];
            in.readFully(data);
            in.skipNBytes(-length & 3);
            return new Message(header, data);
        }

        /** Sends as it is, data padded. */
        synchronized void send(Message message) throws IOException {
            message.fields().putInt(4, message.data.length);
            disturb.accept(message.header);
            raw(message.header);
            raw(message.data);
            raw(new byte[-message.data.length & 3]);
        }

        synchronized void raw(byte... bytes) throws IOException {
            out.write(bytes);
        }

        void flush() throws IOException {
            out.flush();
        }

        /** Fills in the counters; the status number is consumed if {@code status}. */
        Message stamp(Message message, boolean status) {
            return message.put(24, status ? statSn++ : statSn).put(28, expCmdSn).put(32, expCmdSn + window - 1);
        }

        void respond(int itt, int status, byte... sense) throws IOException {
            byte[] data = new byte[sense.length == 0 ? 0 : 2 + sense.length];
            if (sense.length > 0) {
                ByteBuffer.wrap(data).putShort((short) sense.length).put(sense);
            }
            send(stamp(Message.of(0x21, 0x80).put8(3, status).put(16, itt), true)
                    .with(data));
        }

        /** Data and good status in one. */
        void answer(Message command, byte... data) throws IOException {
            int wanted = command.i32(20);
            byte[] sent = data.length > wanted ? Arrays.copyOf(data, wanted) : data;
            int flags = 0x81 | (sent.length < wanted ? 0x02 : 0);
            send(stamp(Message.of(0x25, flags).put(16, command.itt()).put(20, -1), true)
                    .put(44, wanted - sent.length)
                    .with(sent));
        }

        /** Data without status. */
        void dataIn(int itt, int sn, int offset, byte... data) throws IOException {
            send(stamp(Message.of(0x25, 0).put(16, itt).put(20, -1), false)
                    .put(24, 0)
                    .put(36, sn)
                    .put(40, offset)
                    .with(data));
        }

        void r2t(int itt, int ttt, int sn, int offset, int length) throws IOException {
            send(stamp(Message.of(0x31, 0x80).put(16, itt).put(20, ttt), false)
                    .put(36, sn)
                    .put(40, offset)
                    .put(44, length));
        }

        void login(Message request, int flags, int status, Map<String, String> answer) throws IOException {
            StringBuilder text = new StringBuilder();
            answer.forEach(
                    (key, value) -> text.append(key).append('=').append(value).append('\0'));
            loginText(request, flags, status, text.toString().getBytes(StandardCharsets.UTF_8));
        }

        void loginText(Message request, int flags, int status, byte[] text) throws IOException {
            Message message = Message.of(0x23, flags).put(16, request.itt());
            System.arraycopy(request.header, 8, message.header, 8, 6);
            message.put8(14, 1).put8(36, status >> 8).put8(37, status);
            send(stamp(message, true).with(text));
            flush();
        }

        private void handle(Message message) throws IOException {
            switch (message.opcode()) {
                case 0x03:
                    login(message);
                    break;
                case 0x01:
                    command(message);
                    break;
                case 0x05:
                    dataOut(message);
                    break;
                case 0x00:
                    if (message.itt() != -1) {
                        send(stamp(Message.of(0x20, 0x80).put(16, message.itt()).put(20, -1), true));
                    }
                    break;
                case 0x02:
                    send(stamp(Message.of(0x22, 0x80).put(16, message.itt()), true));
                    break;
                case 0x06:
                    send(stamp(Message.of(0x26, 0x80).put(16, message.itt()), true));
                    flush();
                    hangUp();
                    break;
                default:
                    throw new IOException("unexpected opcode " + message.opcode());
            }
        }

        private void login(Message message) throws IOException {
            for (String pair : message.text().split("\0")) {
                if (pair.contains("=")) {
                    theirs.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
                }
            }
            int flags = message.u8(1);
            Map<String, String> answer = new LinkedHashMap<>();
            if ((flags >> 2 & 3) == 0) {
                answer.put("TargetPortalGroupTag", "1");
                answer.put("AuthMethod", "None");
            } else {
                answer.put("HeaderDigest", "None");
                answer.put("DataDigest", "None");
                answer.putAll(keys);
            }
            login(message, flags, 0, answer);
            if ((flags & 0x83) == 0x83) {
                logins.incrementAndGet();
                fullFeature = true;
                expCmdSn = message.i32(24);
            }
        }

        private int key(String key, int fallback) {
            String value = keys.get(key);
            return value == null ? fallback : Integer.parseInt(value);
        }

        private void command(Message m) throws IOException {
            switch (m.command()) {
                case 0x00:
                case 0x35:
                    respond(m.itt(), 0);
                    break;
                case 0x12:
                    inquiry(m);
                    break;
                case 0xA0:
                    answer(
                            m,
                            ByteBuffer.allocate(24)
                                    .putInt(16)
                                    .putInt(0)
                                    .putLong(0)
                                    .putLong(1L << 48)
                                    .array());
                    break;
                case 0x9E:
                    long blocks = claimedBlocks > 0 ? claimedBlocks : disk.length / blockSize;
                    answer(
                            m,
                            ByteBuffer.allocate(32)
                                    .putLong(blocks - 1)
                                    .putInt(blockSize)
                                    .array());
                    break;
                case 0x1A:
                    answer(m, (byte) 3, (byte) 0, (byte) (writeProtected ? 0x80 : 0), (byte) 0);
                    break;
                case 0x28:
                case 0x88:
                    read(m);
                    break;
                case 0x2A:
                case 0x8A:
                    write(m);
                    break;
                default:
                    respond(m.itt(), 2, sense(5, 0x20, 0));
            }
        }

        /** In as many PDUs as the initiator's limit wants; the status in the last. */
        private void read(Message m) throws IOException {
            int from = (int) (block(m) * blockSize);
            int most = Integer.parseInt(theirs.getOrDefault("MaxRecvDataSegmentLength", "8192"));
            int left = m.i32(20);
            int sn = 0;
            for (int at = 0; left > 0; sn++) {
                int count = Math.min(left, most);
                left -= count;
                byte[] part = Arrays.copyOfRange(disk, from + at, from + at + count);
                Message message =
                        Message.of(0x25, left == 0 ? 0x81 : 0).put(16, m.itt()).put(20, -1);
                send(stamp(message, left == 0).put(36, sn).put(40, at).with(part));
                at += count;
            }
        }

        private long block(Message m) {
            return m.command() < 0x80 ? m.i32(34) & 0xFFFF_FFFFL : m.i64(34);
        }

        private void inquiry(Message m) throws IOException {
            byte[] text = serial.getBytes(StandardCharsets.US_ASCII);
            if ((m.u8(33) & 1) == 0) {
                byte[] data = new byte[36];
                data[2] = 5;
                data[4] = 31;
                data[7] = 2;
                System.arraycopy("PLATTER FAKE DISK       1   ".getBytes(StandardCharsets.US_ASCII), 0, data, 8, 28);
                answer(m, data);
            } else if (m.u8(34) == 0) {
                answer(m, (byte) 0, (byte) 0, (byte) 0, (byte) 2, (byte) 0, (byte) 0x80);
            } else {
                byte[] data = new byte[4 + text.length];
                data[1] = (byte) 0x80;
                data[3] = (byte) text.length;
                System.arraycopy(text, 0, data, 4, text.length);
                answer(m, data);
            }
        }

        private void write(Message m) throws IOException {
            Write write = new Write(m);
            writes.put(m.itt(), write);
            System.arraycopy(m.data, 0, write.data, 0, m.data.length);
            write.got = m.data.length;
            write.unsolicited = (m.u8(1) & 0x80) == 0;
            write.asked = write.got;
            advance(write);
        }

        private void advance(Write write) throws IOException {
            if (write.unsolicited) {
                return;
            }
            if (write.got == write.data.length) {
                writes.remove(write.command.itt());
                System.arraycopy(write.data, 0, disk, (int) (block(write.command) * blockSize), write.data.length);
                respond(write.command.itt(), 0);
            } else if (write.got == write.asked) {
                int count = Math.min(key("MaxBurstLength", 262144), write.data.length - write.got);
                write.asked += count;
                r2t(write.command.itt(), 0x77000000 + write.r2tSn, write.r2tSn++, write.got, count);
            }
        }

        private void dataOut(Message m) throws IOException {
            Write write = writes.get(m.itt());
            System.arraycopy(m.data, 0, write.data, m.i32(40), m.data.length);
            write.got += m.data.length;
            if ((m.u8(1) & 0x80) != 0) {
                write.asked = Math.max(write.asked, write.got);
                write.unsolicited = false;
            }
            advance(write);
        }
    }
}
