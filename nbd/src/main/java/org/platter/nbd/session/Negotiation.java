// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.platter.nbd.net.Budget;
import org.platter.nbd.net.BufferPool;
import org.platter.nbd.net.Connection;
import org.platter.nbd.net.EventLoop;
import org.platter.nbd.protocol.ExportQuery;
import org.platter.nbd.protocol.Handshake;
import org.platter.nbd.protocol.MetaQuery;
import org.platter.nbd.protocol.Option;
import org.platter.nbd.protocol.OptionReply;
import org.platter.nbd.protocol.ReplyStyle;
import org.platter.nbd.protocol.Rules;
import org.platter.nbd.protocol.Text;
import org.platter.nbd.protocol.TransmissionFlags;

/** The first phase: the client asks and chooses. One option is answered before the next is looked at. */
public final class Negotiation implements Connection.Phase {
    private static final Logger LOG = System.getLogger(Negotiation.class.getName());
    private static final int MAX_OPTIONS = 4096;
    private static final int MAX_DATA = 32 << 10;
    private static final int MAX_SKIP = 1 << 20;
    private static final int MIN_BLOCK = 1;
    private static final int PREFERRED_BLOCK = 4096;

    private final Connection connection;
    private final Directory directory;
    private final Terms terms;
    private final long began = System.nanoTime();
    private final AtomicInteger unsent = new AtomicInteger();
    private volatile boolean waiting;
    private boolean greeted;
    private boolean padded;
    private boolean fixed;
    private boolean encrypted;
    private ReplyStyle style = ReplyStyle.SIMPLE;
    private Optional<Offer> contextOf = Optional.empty();
    private int options;
    private long skip;

    /** What all connections share: memory, how much of it, and loops for one alone, as long as there are any. */
    public record Terms(BufferPool buffers, Budget budget, Limits limits, Supplier<Optional<EventLoop>> ownLoops) {}

    /** The phase of a new connection. */
    public Negotiation(Connection connection, Directory directory, Terms terms) {
        this.connection = connection;
        this.directory = directory;
        this.terms = terms;
    }

    /** Says the first words. */
    public void greet() {
        send(Handshake.greeting());
    }

    @Override
    public void received(ByteBuffer bytes) {
        while (step(bytes)) {
            // one option after the other
        }
    }

    private boolean step(ByteBuffer bytes) {
        if (connection.closed()) {
            return false;
        }
        if (unsent.get() > 0) {
            // a client that asks without reading gets no second answer
            waiting = true;
            connection.pause();
            if (unsent.get() > 0) {
                return false;
            }
            waiting = false;
            connection.unpause();
        }
        if (!greeted) {
            return greeting(bytes);
        }
        if (skip > 0) {
            int count = (int) Math.min(skip, bytes.remaining());
            bytes.position(bytes.position() + count);
            skip -= count;
            return skip == 0 && bytes.hasRemaining();
        }
        return bytes.remaining() >= Option.BYTES && option(bytes);
    }

    private boolean greeting(ByteBuffer bytes) {
        if (bytes.remaining() < Handshake.CLIENT_BYTES) {
            return false;
        }
        int flags = bytes.getInt();
        if (!Handshake.known(flags)) {
            return refuse("unknown client flags");
        }
        greeted = true;
        fixed = (flags & Handshake.FIXED_NEWSTYLE) != 0;
        padded = (flags & Handshake.NO_ZEROES) == 0;
        return true;
    }

    /** True if there may be another option. */
    private boolean option(ByteBuffer bytes) {
        if (!Option.recognised(bytes)) {
            return refuse("no option where one should be");
        }
        int start = bytes.position();
        Option option = Option.decode(bytes);
        if (option.length() > MAX_DATA) {
            return tooBig(option);
        }
        if (bytes.remaining() < option.length()) {
            bytes.position(start);
            return false;
        }
        if (++options > MAX_OPTIONS || !fixed && option.code() != Option.EXPORT_NAME) {
            return refuse("too many options, or one that was not agreed on");
        }
        ByteBuffer data = bytes.slice(bytes.position(), (int) option.length());
        bytes.position(bytes.position() + data.capacity());
        return answer(option.code(), data);
    }

    private boolean tooBig(Option option) {
        if (!fixed || option.code() == Option.EXPORT_NAME || option.length() > MAX_SKIP || ++options > MAX_OPTIONS) {
            return refuse("option " + option.code() + " has " + option.length() + " bytes");
        }
        skip = option.length();
        return error(option.code(), OptionReply.TOO_BIG, "the option has too much data");
    }

    private boolean answer(int code, ByteBuffer data) {
        boolean open = encrypted
                || directory.encryption().filter(Directory.Encryption::required).isEmpty();
        if (!open && code != Option.STARTTLS && code != Option.ABORT) {
            return code == Option.EXPORT_NAME
                    ? refuse("a client without encryption")
                    : error(code, OptionReply.TLS_REQUIRED, "encryption comes first");
        }
        return switch (code) {
            case Option.EXPORT_NAME -> exportName(data);
            case Option.ABORT -> abort();
            case Option.LIST -> list(data);
            case Option.STARTTLS -> startTls(data);
            case Option.INFO, Option.GO -> info(code, data);
            case Option.STRUCTURED_REPLY -> style(code, data, ReplyStyle.STRUCTURED);
            case Option.EXTENDED_HEADERS -> style(code, data, ReplyStyle.EXTENDED);
            case Option.LIST_META_CONTEXT, Option.SET_META_CONTEXT -> meta(code, data);
            default -> error(code, OptionReply.UNSUPPORTED, "the option is unknown");
        };
    }

    private boolean exportName(ByteBuffer data) {
        Optional<Offer> offer = Text.decode(data, data.remaining()).flatMap(directory::find);
        // extended headers need an answer that can say no, and this option has none
        if (offer.isEmpty() || style == ReplyStyle.EXTENDED) {
            return refuse("an export that does not exist");
        }
        Transmission next = transmission(offer.get());
        if (!offer.get().join(next)) {
            return refuse("an export that is closed");
        }
        send(Handshake.export(next.size(), flags(offer.get()), padded));
        return enter(next);
    }

    private boolean abort() {
        send(OptionReply.ack(Option.ABORT));
        connection.finish();
        return false;
    }

    private boolean list(ByteBuffer data) {
        if (data.hasRemaining()) {
            return error(Option.LIST, OptionReply.INVALID, "the list takes no data");
        }
        for (Offer offer : directory.offers()) {
            send(OptionReply.server(
                    Option.LIST, offer.request().name(), offer.request().description()));
        }
        return ack(Option.LIST);
    }

    private boolean startTls(ByteBuffer data) {
        Optional<Directory.Encryption> encryption = directory.encryption();
        if (encryption.isEmpty()) {
            return error(Option.STARTTLS, OptionReply.POLICY, "this server does not encrypt");
        }
        if (encrypted || data.hasRemaining()) {
            return error(Option.STARTTLS, OptionReply.INVALID, "encryption starts once and takes no data");
        }
        encrypted = true;
        style = ReplyStyle.SIMPLE;
        contextOf = Optional.empty();
        connection.pause();
        connection.send(
                new Message(OptionReply.ack(Option.STARTTLS), () -> connection.later(() -> encrypt(encryption.get()))));
        return false;
    }

    private void encrypt(Directory.Encryption encryption) {
        SSLEngine engine = encryption.context().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(encryption.tls().authorities().isPresent());
        engine.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        try {
            connection.unpause();
            connection.encrypt(engine, encryption.executor());
        } catch (IOException e) {
            refuse(e.getMessage());
        }
    }

    private boolean info(int code, ByteBuffer data) {
        Optional<ExportQuery> query = ExportQuery.decode(data);
        if (query.isEmpty()) {
            return error(code, OptionReply.INVALID, "the query is not well formed");
        }
        Optional<Offer> found = directory.find(query.get().name());
        if (found.isEmpty()) {
            return error(code, OptionReply.UNKNOWN, "there is no export of that name");
        }
        Offer offer = found.get();
        Transmission next = transmission(offer);
        if (code == Option.GO && !offer.join(next)) {
            return error(code, OptionReply.SHUTDOWN, "the export is closed");
        }
        send(OptionReply.infoExport(code, next.size(), flags(offer)));
        if (query.get().facts().contains(ExportQuery.NAME)) {
            send(OptionReply.infoText(code, ExportQuery.NAME, offer.request().name()));
        }
        if (query.get().facts().contains(ExportQuery.DESCRIPTION)
                && !offer.request().description().isEmpty()) {
            send(OptionReply.infoText(
                    code, ExportQuery.DESCRIPTION, offer.request().description()));
        }
        if (query.get().facts().contains(ExportQuery.BLOCK_SIZE)) {
            send(OptionReply.infoBlockSize(code, MIN_BLOCK, PREFERRED_BLOCK, Rules.MAX_DATA));
        }
        return code == Option.GO ? ack(code) && enter(next) : ack(code);
    }

    private boolean style(int code, ByteBuffer data, ReplyStyle wanted) {
        if (data.hasRemaining()) {
            return error(code, OptionReply.INVALID, "the option takes no data");
        }
        style = wanted.compareTo(style) > 0 ? wanted : style;
        return ack(code);
    }

    private boolean meta(int code, ByteBuffer data) {
        boolean set = code == Option.SET_META_CONTEXT;
        if (set) {
            contextOf = Optional.empty();
        }
        Optional<MetaQuery> query = MetaQuery.decode(data);
        if (query.isEmpty() || set && style == ReplyStyle.SIMPLE) {
            return error(code, OptionReply.INVALID, "the query is not well formed, or comes before structured replies");
        }
        Optional<Offer> offer = directory.find(query.get().name());
        if (offer.isEmpty()) {
            return error(code, OptionReply.UNKNOWN, "there is no export of that name");
        }
        if (set && query.get().selects()) {
            contextOf = offer;
            send(OptionReply.context(code, Transmission.ALLOCATION_ID, MetaQuery.ALLOCATION));
        } else if (!set && query.get().lists()) {
            send(OptionReply.context(code, 0, MetaQuery.ALLOCATION));
        }
        return ack(code);
    }

    private Transmission transmission(Offer offer) {
        boolean status = contextOf.filter(chosen -> chosen == offer).isPresent();
        Rules rules = new Rules(style, offer.disk().size(), offer.readOnly(), status);
        return new Transmission(connection, offer, terms, rules);
    }

    private int flags(Offer offer) {
        return TransmissionFlags.of(offer.readOnly(), style);
    }

    private boolean enter(Transmission next) {
        connection.enter(next);
        terms.ownLoops().get().ifPresent(connection::move);
        return false;
    }

    private boolean ack(int code) {
        send(OptionReply.ack(code));
        return true;
    }

    private boolean error(int code, int type, String sentence) {
        send(OptionReply.error(code, type, sentence));
        return true;
    }

    private boolean refuse(String why) {
        LOG.log(Level.DEBUG, "a client is refused: {0}", why);
        connection.close();
        return false;
    }

    private void send(ByteBuffer bytes) {
        unsent.incrementAndGet();
        connection.send(new Message(bytes, this::sent));
    }

    private void sent() {
        if (unsent.decrementAndGet() == 0 && waiting) {
            waiting = false;
            connection.resume();
        }
    }

    @Override
    public void ended() {
        connection.close();
    }

    @Override
    public boolean idle() {
        return true;
    }

    @Override
    public void tick(long now) {
        if (now - began > TimeUnit.MILLISECONDS.toNanos(terms.limits().handshakeMillis())) {
            refuse("it takes too long to agree");
        }
    }

    @Override
    public void closed() {
        // nothing is held before the first request
    }
}
