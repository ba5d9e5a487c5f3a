// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.jline.reader.ParsedLine;
import org.platter.shell.Interpreter;

/** What JLine asks for when somebody presses TAB behind one of our commands. */
final class CompleteFunction implements Function {
    private static final String LINE = ".commandLine";

    private final Interpreter interpreter;

    CompleteFunction(Interpreter interpreter) {
        this.interpreter = interpreter;
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        ParsedLine line = (ParsedLine) session.get(LINE);
        String command = line.words().get(0);
        String name = command.substring(command.indexOf(':') + 1);
        Completion completion = Completion.of(
                Interpreter.command(name).syntax(), line.words(), line.wordIndex(), interpreter.manager());
        List<Object> candidates = new ArrayList<>(completion.words());
        switch (completion.files()) {
            case ALL -> candidates.addAll((Collection<?>) session.execute("__files"));
            case FOLDERS -> candidates.addAll((Collection<?>) session.execute("__directories"));
            case NONE -> {}
        }
        return candidates;
    }
}
