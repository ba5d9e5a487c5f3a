// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.util.Filter;

/** The commands inside a framework: as the launcher calls them, and as Gogo functions. */
@RunWith(PaxExam.class)
public class ShellIT {
    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    @Filter("(platter.main=true)")
    private ToIntFunction<String[]> shell;

    @Inject
    private CommandProcessor processor;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private CommandSession session;

    @Before
    public void openSession() {
        session = processor.createSession(InputStream.nullInputStream(), out, err);
        session.currentDir(temporary.getRoot().toPath());
        session.put("SCOPE", "disk:*");
    }

    @After
    public void closeSession() {
        session.close();
    }

    @Test
    public void aDiskIsMadeWrittenConvertedComparedAndChecked() throws IOException {
        String disk = path("a.vdi");
        String flat = path("a.img");
        assertRuns("", "create", "--comment", "first", disk, "8M");
        assertRuns("", "write", "--fill", "0x5a", "--length", "3k", disk, "1000");
        assertRuns("", "convert", disk, flat);
        assertRuns("identical\n", "compare", "--strict", disk, flat);
        assertRuns("0 errors, 0 leaks\n", "check", disk);
        assertRuns("VDI\n", "probe", disk);
        byte[] bytes = Files.readAllBytes(new File(flat).toPath());
        assertEquals(8 << 20, bytes.length);
        assertEquals(0, bytes[999]);
        assertEquals(0x5a, bytes[1000]);
        assertEquals(0x5a, bytes[1000 + 3071]);
        assertEquals(0, bytes[1000 + 3072]);
    }

    @Test
    public void sizesAreAlignedAndRaggedFilesKeepTheirLength() throws IOException {
        File ragged = new File(path("ragged.img"));
        java.nio.file.Files.write(ragged.toPath(), new byte[1_000_100]);
        assertEquals(0, run("convert", path("ragged.img"), path("r.vdi")));
        JsonObject info = json("info", "--json", path("ragged.img")).getAsJsonObject();
        assertEquals(1_000_448, info.get("virtualSize").getAsLong());
        assertTrue(info.get("notes").toString(), info.get("notes").toString().contains("1000100 bytes"));
        assertEquals(0, run("write", "--fill", "7", "--length", "100", path("ragged.img"), "1000000"));
        assertEquals(1_000_100, ragged.length());
        assertRuns("", "convert", "--align", "1M", path("r.vdi"), path("aligned.img"));
        assertEquals(1 << 20, new File(path("aligned.img")).length());
        assertRuns("", "convert", "--size", "1025k", "--align", "1M", path("r.vdi"), path("larger.img"));
        assertEquals(2 << 20, new File(path("larger.img")).length());
    }

    @Test
    public void whoResizesABaseHearsOfItsChildren() throws IOException {
        assertRuns("", "create", path("base.vdi"), "8M");
        assertRuns("", "create", "--parent", path("base.vdi"), path("child.vdi"));
        assertEquals(0, run("resize", "16M", path("base.vdi")));
        String note = text(err);
        assertTrue(note, note.contains("platter resize 16777216 " + path("child.vdi")));
        assertEquals(
                8 << 20,
                json("info", "--json", path("child.vdi"))
                        .getAsJsonObject()
                        .get("virtualSize")
                        .getAsLong());
    }

    /** A file that is cut has lost blocks that somebody may still have: they are not given up unasked. */
    @Test
    public void aPlainRepairGivesUpNothing() throws IOException {
        assertRuns("", "create", path("cut.vdi"), "8M");
        assertRuns("", "write", "--fill", "1", "--length", "8M", path("cut.vdi"), "0");
        try (java.io.RandomAccessFile file = new java.io.RandomAccessFile(path("cut.vdi"), "rw")) {
            file.setLength(file.length() - (3 << 20));
        }
        byte[] cut = java.nio.file.Files.readAllBytes(new File(path("cut.vdi")).toPath());
        assertEquals(1, run("check", "--repair", path("cut.vdi")));
        String left = text(out);
        assertTrue(left, left.contains("3 errors") && !left.contains("repaired"));
        org.junit.Assert.assertArrayEquals(cut, java.nio.file.Files.readAllBytes(new File(path("cut.vdi")).toPath()));
        assertEquals(1, run("check", "--repair=lossy", "--dry-run", path("cut.vdi")));
        text(out);
        run("check", "--repair=lossy", path("cut.vdi"));
        String mended = text(out);
        assertTrue(mended, mended.contains("3 repaired"));
        assertRuns("0 errors, 0 leaks\n", "check", path("cut.vdi"));
        assertFails(2, "option --repair takes no value but lossy", "check", "--repair=all", path("cut.vdi"));
    }

    @Test
    public void aWrongValueIsToldWithTheKeysOfBothSides() throws IOException {
        assertRuns("", "create", path("a.img"), "1M");
        assertFails(
                1,
                "config key ToolsVersio is unknown; known are Preallocate; of the new image VMDK has GrainSize",
                "convert",
                "-o",
                "ToolsVersio=1",
                path("a.img"),
                path("a.vmdk"));
    }

    @Test
    public void infoHasTheKeysOfTheContract() {
        assertRuns("", "create", "--comment", "first", path("b.vdi"), "8M");
        assertRuns("", "create", "--parent", path("b.vdi"), path("d.vdi"));
        JsonArray chain = json("info", "--chain", "--json", path("d.vdi")).getAsJsonArray();
        assertEquals(2, chain.size());
        JsonObject child = chain.get(0).getAsJsonObject();
        JsonObject base = chain.get(1).getAsJsonObject();
        assertEquals(
                List.of(
                        "location",
                        "format",
                        "version",
                        "variant",
                        "virtualSize",
                        "fileSize",
                        "allocatedSize",
                        "blockSize",
                        "uuid",
                        "modificationUuid",
                        "parentUuid",
                        "parentModificationUuid",
                        "parentLocation",
                        "comment",
                        "pchs",
                        "lchs",
                        "openFlags",
                        "files",
                        "notes",
                        "snapshots"),
                List.copyOf(child.keySet()));
        assertEquals(path("d.vdi"), child.get("location").getAsString());
        assertEquals(path("b.vdi"), child.get("parentLocation").getAsString());
        assertEquals(base.get("uuid"), child.get("parentUuid"));
        assertEquals("first", base.get("comment").getAsString());
        assertTrue(child.get("comment").isJsonNull());
        assertTrue(base.get("parentUuid").isJsonNull());
        assertEquals(8 << 20, child.get("virtualSize").getAsLong());
    }

    @Test
    public void infoAnswersWhereTheParentIsMissing() {
        assertRuns("", "create", path("gone.vdi"), "8M");
        assertRuns("", "create", "--parent", path("gone.vdi"), path("left.vdi"));
        assertTrue(new File(path("gone.vdi")).delete());
        JsonObject info = json("info", "--json", path("left.vdi")).getAsJsonObject();
        assertEquals("VDI", info.get("format").getAsString());
        assertFalse(info.get("parentUuid").isJsonNull());
    }

    @Test
    public void theMapCoversTheDiskExactly() {
        assertRuns("", "create", path("m.vdi"), "8M");
        assertRuns("", "write", "--fill", "1", "--length", "64k", path("m.vdi"), "3M");
        long next = 0;
        for (JsonElement element : json("map", "--json", path("m.vdi")).getAsJsonArray()) {
            JsonObject entry = element.getAsJsonObject();
            assertEquals(List.of("offset", "length", "kind", "depth", "file", "position"), List.copyOf(entry.keySet()));
            assertEquals(next, entry.get("offset").getAsLong());
            next += entry.get("length").getAsLong();
            boolean data = entry.get("kind").getAsString().equals("data");
            assertEquals(data, !entry.get("file").isJsonNull());
            assertEquals(data, !entry.get("position").isJsonNull());
        }
        assertEquals(8 << 20, next);
    }

    @Test
    public void formatsSayWhatTheyCan() {
        JsonObject vdi = json("backend", "--json", "vdi").getAsJsonObject();
        assertEquals(
                List.of(
                        "name",
                        "bundle",
                        "version",
                        "ranking",
                        "capabilities",
                        "extensions",
                        "configKeys",
                        "openImages"),
                List.copyOf(vdi.keySet()));
        for (JsonElement key : vdi.getAsJsonArray("configKeys")) {
            assertEquals(
                    List.of("key", "type", "default", "mandatory", "expert", "secret"),
                    List.copyOf(key.getAsJsonObject().keySet()));
        }
        assertTrue(json("backends", "--json").getAsJsonArray().size() >= 2);
    }

    @Test
    public void statusAndOneLineSayWhatFailed() {
        assertFails(2, "platter: frobnicate: there is no such command; see platter --help [USAGE]", "frobnicate");
        assertFails(2, "platter: info: IMAGE is missing; see platter info --help [USAGE]", "info");
        assertFails(1, "platter: info: " + path("no") + ": no such file [NOT_FOUND]", "info", path("no"));
        assertFails(2, "platter: usage: a command is missing; see platter --help [USAGE]", "--progress", "json");
        assertRuns("", "create", path("e.vdi"), "1M");
        assertFails(
                1, "platter: create: " + path("e.vdi") + ": exists already [EXISTS]", "create", path("e.vdi"), "1M");
        assertFails(1, "[DENIED]", "info", temporary.getRoot().getPath());
        assertFails(2, "do not lie on the disk", "read", path("e.vdi"), "1M", "1");
    }

    @Test
    public void aDifferenceIsStatusOne() {
        assertRuns("", "create", path("x.vdi"), "1M");
        assertRuns("", "create", path("y.vdi"), "2M");
        assertRuns("identical\n", "compare", path("x.vdi"), path("y.vdi"));
        assertEquals(1, run("compare", "--strict", path("x.vdi"), path("y.vdi")));
        assertEquals("differ at 1048576\n", text(out));
        assertRuns("", "write", "--fill", "1", "--length", "1", path("y.vdi"), "1536k");
        assertEquals(1, run("compare", "--json", path("x.vdi"), path("y.vdi")));
        assertEquals(
                1536 << 10, parse(text(out)).getAsJsonObject().get("difference").getAsLong());
    }

    @Test
    public void convertReplacesOnlyByForceAndNeverItself() throws IOException {
        assertRuns("", "create", path("s.vdi"), "1M");
        assertRuns("", "create", "--parent", path("s.vdi"), path("t.vdi"));
        Files.writeString(new File(path("o.img")).toPath(), "precious");
        assertFails(1, "[EXISTS]", "convert", path("t.vdi"), path("o.img"));
        assertEquals("precious", Files.readString(new File(path("o.img")).toPath()));
        assertRuns("", "convert", "--force", path("t.vdi"), path("o.img"));
        assertRuns("identical\n", "compare", path("t.vdi"), path("o.img"));
        assertFails(1, "[EXISTS]", "convert", "--force", path("t.vdi"), path("t.vdi"));
        assertFails(1, "[EXISTS]", "convert", "--force", path("t.vdi"), path("s.vdi"));
        assertEquals(3, temporary.getRoot().list().length);
    }

    @Test
    public void forceReplacesAllFilesOfAnImage() {
        assertRuns("", "create", path("s.vdi"), "4M");
        assertRuns("", "write", "--fill", "9", "--length", "1M", path("s.vdi"), "1M");
        assertRuns("", "create", "--variant", "split2g", path("o.vmdk"), "1M");
        assertRuns("", "convert", "--force", "--variant", "split2g", path("s.vdi"), path("o.vmdk"));
        assertRuns("identical\n", "compare", "--strict", path("s.vdi"), path("o.vmdk"));
        assertRuns("", "convert", "--force", "--variant", "stream", path("s.vdi"), path("o.vmdk"));
        assertEquals(List.of("o.vmdk", "s.vdi"), files());
    }

    @Test
    public void mergeRelinksTheImageAbove() {
        assertRuns("", "create", path("1.vdi"), "4M");
        assertRuns("", "create", "--parent", path("1.vdi"), path("2.vdi"));
        assertRuns("", "write", "--fill", "2", "--length", "1M", path("2.vdi"), "1M");
        assertRuns("", "create", "--parent", path("2.vdi"), path("3.vdi"));
        assertRuns("", "write", "--fill", "3", "--length", "1M", path("3.vdi"), "2M");
        assertRuns("", "convert", path("3.vdi"), path("flat.img"));
        assertRuns("", "merge", path("2.vdi"), path("1.vdi"));
        assertEquals(List.of("1.vdi", "3.vdi", "flat.img"), files());
        assertRuns("identical\n", "compare", path("3.vdi"), path("flat.img"));
        assertRuns("", "merge", path("1.vdi"), path("3.vdi"));
        assertRuns("identical\n", "compare", path("3.vdi"), path("flat.img"));
        assertEquals(List.of("3.vdi", "flat.img"), files());
    }

    @Test
    public void mergeDeletesNoParentOfOthers() {
        assertRuns("", "create", path("1.vdi"), "4M");
        assertRuns("", "create", "--parent", path("1.vdi"), path("2.vdi"));
        assertRuns("", "create", "--parent", path("1.vdi"), path("branch.vdi"));
        assertFails(
                1,
                path("branch.vdi") + "; rebase or merge that first [BAD_STATE]",
                "merge",
                path("1.vdi"),
                path("2.vdi"));
        assertEquals(List.of("1.vdi", "2.vdi", "branch.vdi"), files());
        assertFails(2, "the same image", "merge", path("1.vdi"), path("1.vdi"));
    }

    @Test
    public void attributesAreSetWithoutTheParent() {
        assertRuns("", "create", path("p.vdi"), "1M");
        assertRuns("", "create", "--parent", path("p.vdi"), path("c.vdi"));
        assertTrue(new File(path("p.vdi")).delete());
        assertRuns("", "set", "--comment", "alone", "--parent-uuid", "none", path("c.vdi"));
        JsonObject info = json("info", "--json", path("c.vdi")).getAsJsonObject();
        assertEquals("alone", info.get("comment").getAsString());
        assertTrue(info.get("parentUuid").isJsonNull());
    }

    @Test
    public void secretsAreNeverPrinted() {
        assertEquals(1, run("info", "--debug", "iscsi://joe%hunter2@127.0.0.1:1/iqn.x:y/0"));
        assertFalse(text(err), text(err).contains("hunter2"));
        assertEquals(2, run("info", "x", "iscsi://joe%hunter2@127.0.0.1:1/iqn.x:y/0"));
        assertFalse(text(err), text(err).contains("hunter2"));
    }

    @Test
    public void functionsReturnRecordsThatPrintThemselves() throws Exception {
        session.execute("create f.vdi 8M");
        Object info = session.execute("info f.vdi");
        assertTrue(info instanceof Record);
        assertTrue(session.format(info, Converter.INSPECT).toString().contains("virtual size              8 MiB"));
        assertEquals(8L << 20, session.execute("(info f.vdi) virtualSize"));
        assertEquals(Boolean.TRUE, session.execute("(compare f.vdi f.vdi) identical"));
        Object json = session.execute("info --json f.vdi");
        assertEquals(
                "VDI", parse(json.toString()).getAsJsonObject().get("format").getAsString());
    }

    @Test
    public void openDisksHaveNames() throws Exception {
        session.execute("create g.vdi 8M");
        assertEquals("g", session.execute("open g.vdi").toString());
        assertThrows(Exception.class, () -> session.execute("open -n g g.vdi"));
        session.execute("snapshot g h.vdi");
        session.execute("write --fill 7 --length 1k g 0");
        session.execute("flush g");
        assertEquals(1, ((List<?>) session.execute("list")).size());
        assertEquals(path("h.vdi"), session.execute("(info g) toString"));
        session.execute("close --delete g");
        assertEquals(0, ((List<?>) session.execute("list")).size());
        assertFalse(new File(path("h.vdi")).exists());
        assertTrue(new File(path("g.vdi")).exists());
    }

    @Test
    public void jobsRunBesideOtherCommands() throws Exception {
        session.execute("create j.vdi 64M");
        session.execute("write --fill 7 --length 40M j.vdi 0");
        Object job = session.execute("job = (convert --background --rate 1M j.vdi k.vdi)");
        session.execute("pause $job");
        assertThrows(Exception.class, () -> session.execute("pause 99999"));
        session.execute("resume " + job);
        session.execute("cancel " + job);
        while (!state(job.toString()).equals("cancelled")) {
            Thread.onSpinWait();
        }
        assertFalse(new File(path("k.vdi")).exists());
    }

    @Test
    public void failuresOfFunctionsAreOneLine() {
        Exception failure = assertThrows(Exception.class, () -> session.execute("info no.vdi"));
        assertEquals("platter: info: " + path("no.vdi") + ": no such file [NOT_FOUND]", failure.toString());
    }

    @Test
    public void aScriptStopsAtTheFirstFailure() throws IOException {
        String folder = temporary.getRoot().getPath();
        assertEquals(0, script("create " + folder + "/z.vdi 1M\n\n# words\ninfo --json " + folder + "/z.vdi"));
        assertTrue(text(out), text(out).startsWith("{"));
        assertEquals(1, script("info " + folder + "/nope\ninfo " + folder + "/z.vdi\n"));
        assertEquals("", text(out));
        assertEquals(7, script("x = {\n  exit 7\n}\nx\ninfo " + folder + "/z.vdi\n"));
        assertEquals(2, script("no-such-command\n"));
        assertEquals(2, script("x = {\n"));
    }

    private String state(String id) throws Exception {
        for (JsonElement job : parse(session.execute("jobs --json").toString()).getAsJsonArray()) {
            if (job.getAsJsonObject().get("id").getAsString().equals(id)) {
                return job.getAsJsonObject().get("state").getAsString();
            }
        }
        throw new AssertionError("no job " + id);
    }

    private int script(String lines) throws IOException {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
        try {
            return run("-");
        } finally {
            System.setIn(before);
        }
    }

    private int run(String... arguments) {
        PrintStream outBefore = System.out;
        PrintStream errBefore = System.err;
        out.reset();
        err.reset();
        System.setOut(new PrintStream(out, true));
        System.setErr(new PrintStream(err, true));
        try {
            return shell.applyAsInt(arguments);
        } finally {
            System.setOut(outBefore);
            System.setErr(errBefore);
        }
    }

    private void assertRuns(String output, String... arguments) {
        assertEquals(String.join(" ", arguments) + text(err), 0, run(arguments));
        assertEquals(output, text(out));
        assertEquals("", text(err));
    }

    private void assertFails(int status, String line, String... arguments) {
        assertEquals(status, run(arguments));
        assertEquals("", text(out));
        assertTrue(text(err), text(err).contains(line));
        assertEquals(1, text(err).lines().count());
    }

    private JsonElement json(String... arguments) {
        assertEquals(0, run(arguments));
        return parse(text(out));
    }

    private static JsonElement parse(String text) {
        return new Gson().fromJson(text, JsonElement.class);
    }

    private List<String> files() {
        return Arrays.stream(temporary.getRoot().list()).sorted().toList();
    }

    private String path(String name) {
        return new File(temporary.getRoot(), name).getPath();
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
