// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A client that says exactly what a test wants, written from the protocol's description without the server's code. */
final class NbdClient implements Closeable {
    static final int EXPORT_NAME = 1;
    static final int ABORT = 2;
    static final int LIST = 3;
    static final int STARTTLS = 5;
    static final int INFO = 6;
    static final int GO = 7;
    static final int STRUCTURED = 8;
    static final int LIST_META = 9;
    static final int SET_META = 10;
    static final int EXTENDED = 11;
    static final int ACK = 1;

    static final int READ = 0;
    static final int WRITE = 1;
    static final int DISC = 2;
    static final int FLUSH = 3;
    static final int TRIM = 4;
    static final int CACHE = 5;
    static final int ZEROES = 6;
    static final int STATUS = 7;

    static final int FUA = 1;
    static final int NO_HOLE = 2;
    static final int DF = 4;
    static final int REQ_ONE = 8;
    static final int FAST_ZERO = 16;
    static final int PAYLOAD = 32;

    /** How replies look. */
    enum Style {
        SIMPLE,
        STRUCTURED,
        EXTENDED
    }

    /** One answer to an option. */
    record OptionAnswer(int option, int type, byte[] data) {
        boolean failed() {
            return type < 0;
        }

        ByteBuffer buffer() {
            return ByteBuffer.wrap(data);
        }
    }

    /** One whole reply: the error, the data of a read, the extents of a status as length and flags. */
    record Answer(long cookie, int error, byte[] data, List<long[]> extents, int chunks) {}

    private final Closeable channel;
    DataInputStream in;
    DataOutputStream out;
    private Socket socket;
    Style style = Style.SIMPLE;
    long size = -1;
    int flags;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long nextCookie = 1;

    private NbdClient(Closeable channel, DataInputStream in, DataOutputStream out) {
        this.channel = channel;
        this.in = in;
        this.out = out;
    }

    /** Connects and says nothing. */
    static NbdClient connect(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress) {
            SocketChannel channel = SocketChannel.open(address);
            return new NbdClient(
                    channel,
                    new DataInputStream(Channels.newInputStream(channel)),
                    new DataOutputStream(Channels.newOutputStream(channel)));
        }
        Socket socket = new Socket(((InetSocketAddress) address).getAddress(), ((InetSocketAddress) address).getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        NbdClient client = new NbdClient(
                socket, new DataInputStream(socket.getInputStream()), new DataOutputStream(socket.getOutputStream()));
        client.socket = socket;
        return client;
    }

    /** Connects and greets. */
    static NbdClient greet(SocketAddress address) throws IOException {
        NbdClient client = connect(address);
        client.readGreeting();
        client.out.writeInt(3);
        return client;
    }

    /** Connects and chooses an export. */
    static NbdClient open(SocketAddress address, String name, Style style) throws IOException {
        NbdClient client = greet(address);
        client.negotiate(style);
        if (style != Style.SIMPLE) {
            client.setContext(name);
        }
        client.go(name);
        return client;
    }

    void readGreeting() throws IOException {
        check(in.readLong() == 0x4e42444d41474943L && in.readLong() == 0x49484156454F5054L, "magic");
        check(in.readShort() == 3, "handshake flags");
    }

    void negotiate(Style wanted) throws IOException {
        if (wanted != Style.SIMPLE) {
            last(option(wanted == Style.STRUCTURED ? STRUCTURED : EXTENDED), ACK);
            style = wanted;
        }
    }

    /** Encrypts; the server must have agreed. */
    void encrypt(SSLContext context, String... versions) throws IOException {
        last(option(STARTTLS), ACK);
        SSLSocket tls =
                (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        if (versions.length > 0) {
            tls.setEnabledProtocols(versions);
        }
        tls.startHandshake();
        socket = tls;
        in = new DataInputStream(tls.getInputStream());
        out = new DataOutputStream(new java.io.BufferedOutputStream(tls.getOutputStream()) {
            @Override
            public synchronized void write(byte[] bytes, int from, int length) throws IOException {
                super.write(bytes, from, length);
                flush();
            }
        });
    }

    void sendOption(int code, byte[] data) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(16 + data.length)
                .putLong(0x49484156454F5054L)
                .putInt(code)
                .putInt(data.length)
                .put(data);
        out.write(message.array());
        out.flush();
    }

    /** Sends an option and reads all answers up to the last. */
    List<OptionAnswer> option(int code, byte... data) throws IOException {
        sendOption(code, data);
        List<OptionAnswer> answers = new ArrayList<>();
        do {
            answers.add(readOptionAnswer());
            check(answers.get(answers.size() - 1).option() == code, "answer to another option");
        } while (answers.get(answers.size() - 1).type() > ACK);
        return answers;
    }

    OptionAnswer readOptionAnswer() throws IOException {
        check(in.readLong() == 0x3e889045565a9L, "magic of an answer");
        int option = in.readInt();
        int type = in.readInt();
        return new OptionAnswer(option, type, in.readNBytes(in.readInt()));
    }

    static OptionAnswer last(List<OptionAnswer> answers, int type) {
        OptionAnswer last = answers.get(answers.size() - 1);
        check(
                last.type() == type,
                "answer " + Integer.toHexString(last.type()) + " " + new String(last.data(), StandardCharsets.UTF_8));
        return last;
    }

    static byte[] query(String name, int... facts) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + bytes.length + 2 * facts.length)
                .putInt(bytes.length)
                .put(bytes)
                .putShort((short) facts.length);
        Arrays.stream(facts).forEach(fact -> data.putShort((short) fact));
        return data.array();
    }

    static byte[] metaQuery(String name, String... queries) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        putText(data, name);
        data.writeBytes(ByteBuffer.allocate(4).putInt(queries.length).array());
        for (String query : queries) {
            putText(data, query);
        }
        return data.toByteArray();
    }

    private static void putText(ByteArrayOutputStream data, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
        data.writeBytes(bytes);
    }

    void setContext(String name) throws IOException {
        last(option(SET_META, metaQuery(name, "base:allocation")), ACK);
    }

    /** Asks about an export, or chooses it. */
    List<OptionAnswer> choose(int option, String name, int... facts) throws IOException {
        List<OptionAnswer> answers = option(option, query(name, facts));
        for (OptionAnswer answer : answers) {
            if (answer.type() == 3 && answer.buffer().getShort() == 0) {
                size = answer.buffer().getLong(2);
                flags = answer.buffer().getShort(10);
            }
        }
        return answers;
    }

    void go(String name) throws IOException {
        last(choose(GO, name), ACK);
    }

    /** Sends a request; answers its cookie. */
    long send(int type, int commandFlags, long offset, long length, byte... payload) throws IOException {
        long cookie = nextCookie++;
        boolean extended = style == Style.EXTENDED;
        int allFlags = extended && type == WRITE ? commandFlags | PAYLOAD : commandFlags;
        ByteBuffer header = ByteBuffer.allocate((extended ? 32 : 28) + payload.length)
                .putInt(extended ? 0x21e41c71 : 0x25609513)
                .putShort((short) allFlags)
                .putShort((short) type)
                .putLong(cookie)
                .putLong(offset);
        if (extended) {
            header.putLong(length);
        } else {
            header.putInt((int) length);
        }
        pending.put(cookie, new Pending(offset, type == READ ? (int) Math.max(0, length) : 0));
        out.write(header.put(payload).array());
        out.flush();
        return cookie;
    }

    /** Sends a request and reads its reply, with no other under way. */
    Answer call(int type, int commandFlags, long offset, long length, byte... payload) throws IOException {
        long cookie = send(type, commandFlags, offset, length, payload);
        Answer answer = readAnswer();
        check(answer.cookie() == cookie, "cookie");
        return answer;
    }

    byte[] read(long offset, int length) throws IOException {
        Answer answer = call(READ, 0, offset, length);
        check(answer.error() == 0, "error " + answer.error());
        return answer.data();
    }

    void write(long offset, byte[] data) throws IOException {
        Answer answer = call(WRITE, 0, offset, data.length, data);
        check(answer.error() == 0, "error " + answer.error());
    }

    /** A read under way, and what has come of it. */
    private static final class Pending {
        final long offset;
        final int length;
        byte[] data; // made when the first of it comes
        final BitSet seen = new BitSet();
        final List<long[]> extents = new ArrayList<>();
        int error;
        int chunks;

        Pending(long offset, int length) {
            this.offset = offset;
            this.length = length;
        }

        byte[] data() {
            if (data == null) {
                data = new byte[length];
            }
            return data;
        }

        void put(ByteBuffer payload) {
            int at = (int) (payload.getLong() - offset);
            data();
            int next = seen.nextSetBit(at);
            check(next < 0 || next >= at + payload.remaining(), "data twice");
            seen.set(at, at + payload.remaining());
            payload.get(data, at, payload.remaining());
        }

        Answer answer(long cookie) {
            check(error != 0 || seen.nextClearBit(0) >= length, "data is missing");
            return new Answer(cookie, error, data(), extents, chunks);
        }
    }

    /** Reads until the next reply is complete; chunks of others may come between. */
    Answer readAnswer() throws IOException {
        while (true) {
            int magic = in.readInt();
            if (magic == 0x67446698) {
                return readSimple();
            }
            check(magic == (style == Style.EXTENDED ? 0x6e8a278c : 0x668e33ef), "magic " + Integer.toHexString(magic));
            boolean done = in.readShort() == 1;
            int type = in.readShort() & 0xffff;
            long cookie = in.readLong();
            if (style == Style.EXTENDED) {
                in.readLong();
            }
            long bytes = style == Style.EXTENDED ? in.readLong() : in.readInt();
            Pending request = pending.get(cookie);
            check(request != null, "a reply that nobody waits for");
            request.chunks++;
            take(request, type, ByteBuffer.wrap(in.readNBytes((int) bytes)));
            if (done) {
                return pending.remove(cookie).answer(cookie);
            }
            check(type != 0, "an empty chunk that is not the last");
        }
    }

    private Answer readSimple() throws IOException {
        check(style != Style.EXTENDED, "a simple reply");
        int error = in.readInt();
        long cookie = in.readLong();
        Pending request = pending.remove(cookie);
        check(request != null && request.chunks == 0, "a simple reply that nobody waits for");
        if (error == 0 && request.length > 0) {
            check(style == Style.SIMPLE, "a simple reply to a read");
            in.readFully(request.data());
        }
        return new Answer(cookie, error, request.data(), request.extents, 1);
    }

    private void take(Pending request, int type, ByteBuffer payload) {
        switch (type) {
            case 0 -> check(!payload.hasRemaining(), "an empty chunk");
            case 1 -> request.put(payload);
            case 5 -> {
                check(style == Style.STRUCTURED && payload.getInt() == 1, "a status");
                while (payload.hasRemaining()) {
                    request.extents.add(new long[] {Integer.toUnsignedLong(payload.getInt()), payload.getInt()});
                }
            }
            case 6 -> {
                check(style == Style.EXTENDED && payload.getInt() == 1, "an extended status");
                check(payload.getInt() == payload.remaining() / 16, "the number of extents");
                while (payload.hasRemaining()) {
                    request.extents.add(new long[] {payload.getLong(), payload.getLong()});
                }
            }
            default -> {
                check(type == 0x8001, "chunk " + Integer.toHexString(type));
                request.error = payload.getInt();
                check(payload.getShort() == payload.remaining(), "length of the message");
            }
        }
    }

    /** True if the server has hung up. */
    boolean gone() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (EOFException | java.net.SocketException e) {
            return true;
        }
    }

    private static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("the server sent something wrong: " + what);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
