// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.platter.backend.iscsi.scsi.UnitInfo.Limits;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Asks a logical unit what it is, and refuses what is no disk. Source: docs/formats/iscsi.md, section 10. */
public final class UnitProbe {
    private static final int INQUIRY_BYTES = 36;
    private static final int PAGE_BYTES = 255;
    private static final int LARGEST_BLOCK = 65536;
    private static final int ALL_PAGES = 0x3F;
    private static final int CACHING_PAGE = 0x08;
    private static final int MOST_IDENTITIES = 16;

    private final Commands commands;
    private final Set<Integer> pages = new TreeSet<>();

    private long blocks;
    private int blockSize;
    private boolean provisioned;
    private boolean zeroing;
    private boolean protectedInformation;
    private boolean longForm;

    private UnitProbe(Commands commands) {
        this.commands = commands;
    }

    /** All facts of the unit behind {@code commands}. */
    public static UnitInfo hold(Commands commands) throws IOException {
        return new UnitProbe(commands).facts();
    }

    private UnitInfo facts() throws IOException {
        Reply inquiry = inquiry();
        demand(commands.send(Cdb.TEST_UNIT_READY, 0), Cdb.TEST_UNIT_READY);
        listPages();
        List<String> identities = identities();
        capacity();
        Limits limits = limits();
        Reply mode = modeSense(ALL_PAGES);
        int deviceSpecific = mode.good() ? mode.u8(longForm ? 3 : 2) : 0;
        return new UnitInfo(
                String.join(" ", inquiry.ascii(8, 8), inquiry.ascii(16, 16), inquiry.ascii(32, 4)),
                identities,
                blocks,
                blockSize,
                (inquiry.u8(1) & 0x80) != 0,
                (inquiry.u8(7) & 0x02) != 0,
                (deviceSpecific & 0x80) != 0,
                writeCache(),
                limits);
    }

    private static void demand(Reply reply, Cdb command) throws DiskException {
        if (!reply.good()) {
            boolean missing = reply.sense().asc() == 0x25;
            throw new DiskException(missing ? ErrorCode.NOT_FOUND : ErrorCode.IO, command + " failed: " + reply.text());
        }
    }

    private Reply inquiry() throws IOException {
        Reply reply = commands.send(Cdb.inquiry(INQUIRY_BYTES), INQUIRY_BYTES);
        demand(reply, Cdb.inquiry(INQUIRY_BYTES));
        int type = reply.u8(0) & 0x1F;
        if (reply.data().remaining() < 5 || reply.u8(0) >> 5 != 0) {
            throw new DiskException(ErrorCode.NOT_FOUND, "there is no such logical unit");
        }
        if (type != 0) {
            throw new DiskException(
                    ErrorCode.BAD_TYPE, String.format("the logical unit is not a disk: device type %02x", type));
        }
        return reply;
    }

    private void listPages() throws IOException {
        Reply list = commands.send(Cdb.vitalProductData(0, PAGE_BYTES), PAGE_BYTES);
        if (list.good() && list.u8(1) == 0) {
            for (int i = 4; i < Math.min(4 + list.u16(2), list.data().remaining()); i++) {
                pages.add(list.u8(i));
            }
        }
    }

    /** A page of vital product data; without data if the unit does not list or give it. */
    private Reply page(int page) throws IOException {
        if (pages.contains(page)) {
            Reply reply = commands.send(Cdb.vitalProductData(page, PAGE_BYTES), PAGE_BYTES);
            if (reply.good() && reply.u8(1) == page && reply.data().remaining() >= 4) {
                int length = Math.min(4 + reply.u16(2), reply.data().remaining());
                return new Reply(
                        reply.status(),
                        reply.sense(),
                        reply.data().slice(reply.data().position(), length));
            }
        }
        return new Reply(Status.GOOD, Sense.NONE, ByteBuffer.allocate(0));
    }

    private List<String> identities() throws IOException {
        List<String> found = new ArrayList<>();
        Reply designators = page(0x83);
        int at = 4;
        while (at + 4 < designators.data().remaining() && found.size() < MOST_IDENTITIES) {
            int length = designators.u8(at + 3);
            if (length == 0 || at + 4 + length > designators.data().remaining()) {
                break;
            }
            int kind = designators.u8(at + 1) & 0x0F;
            boolean ofUnit = (designators.u8(at + 1) & 0x30) == 0;
            if (ofUnit && (kind == 1 || kind == 2 || kind == 3 || kind == 8)) {
                found.add(kind + ":" + hex(designators, at + 4, length));
            }
            at += 4 + length;
        }
        String serial = page(0x80).ascii(4, PAGE_BYTES);
        if (!serial.isEmpty()) {
            found.add("serial:" + serial);
        }
        return found;
    }

    private static String hex(Reply reply, int at, int length) {
        StringBuilder digits = new StringBuilder();
        for (int i = at; i < at + length; i++) {
            digits.append(String.format("%02x", reply.u8(i)));
        }
        return digits.toString();
    }

    private void capacity() throws IOException {
        Reply reply = commands.send(Cdb.readCapacity16(32), 32);
        if (reply.good() && reply.data().remaining() >= 12) {
            blocks = reply.i64(0) + 1;
            blockSize = (int) Math.min(Integer.MAX_VALUE, reply.u32(8));
            protectedInformation = (reply.u8(12) & 0x01) != 0;
            provisioned = (reply.u8(14) & 0x80) != 0;
            zeroing = (reply.u8(14) & 0x40) != 0;
        } else if (reply.good() || reply.sense().key() == Sense.ILLEGAL_REQUEST) {
            reply = commands.send(Cdb.readCapacity10(), 8);
            demand(reply, Cdb.readCapacity10());
            blocks = reply.data().remaining() < 8 ? 0 : reply.u32(0) + 1;
            blockSize = (int) Math.min(Integer.MAX_VALUE, reply.u32(4));
        } else {
            demand(reply, Cdb.readCapacity16(32));
        }
        checkCapacity();
    }

    private void checkCapacity() throws DiskException {
        if (blockSize < 512 || blockSize > LARGEST_BLOCK || Integer.bitCount(blockSize) != 1) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "READ CAPACITY: block size " + blockSize + " is not a power of two from 512 to " + LARGEST_BLOCK);
        }
        if (blocks <= 0 || blocks > Long.MAX_VALUE / blockSize) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "READ CAPACITY: " + Long.toUnsignedString(blocks) + " blocks of " + blockSize);
        }
        if (protectedInformation) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "READ CAPACITY: the unit is formatted with protection information");
        }
    }

    private Limits limits() throws IOException {
        Reply b0 = page(0xB0);
        long unmap = b0.u32(20);
        long granularity = Math.max(1, b0.u32(28));
        boolean aligned = (b0.u8(32) & 0x80) != 0;
        long writeSame = b0.i64(36);
        int offered = provisioned && zeroing ? page(0xB2).u8(5) : 0;
        return new Limits(
                b0.u32(8),
                unmap,
                granularity,
                aligned ? (b0.u32(32) & 0x7FFF_FFFFL) % granularity : 0,
                writeSame < 0 ? 0 : writeSame,
                (offered & 0x80) != 0 && unmap > 0,
                (offered & 0x40) != 0,
                (offered & 0x20) != 0,
                provisioned && zeroing);
    }

    private Reply modeSense(int page) throws IOException {
        longForm = false;
        Reply reply = commands.send(Cdb.modeSense6(page, 252), 252);
        if (!reply.good() && reply.sense().key() == Sense.ILLEGAL_REQUEST) {
            longForm = true;
            reply = commands.send(Cdb.modeSense10(page, 252), 252);
        }
        return reply;
    }

    /** Whether the write cache is on; a unit that does not tell is taken to have one. */
    private boolean writeCache() throws IOException {
        Reply mode = modeSense(CACHING_PAGE);
        int descriptors = longForm ? mode.u16(6) : mode.u8(3);
        int at = (longForm ? 8 : 4) + descriptors;
        boolean told = mode.good()
                && (mode.u8(at) & 0x3F) == CACHING_PAGE
                && mode.data().remaining() > at + 2;
        return !told || (mode.u8(at + 2) & 0x04) != 0;
    }
}
