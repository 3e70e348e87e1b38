<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Comparison</name>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>inside</source>
        <translation>innerhalb von</translation>
    </message>
    <message>
        <source>order</source>
        <translation>Reihenfolge</translation>
    </message>
    <message>
        <source>order of %1</source>
        <translation>Reihenfolge von %1</translation>
    </message>
    <message>
        <source>moved</source>
        <translation>verschoben</translation>
    </message>
    <message>
        <source>line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>file</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Added</source>
        <translation>Hinzugefügt</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>Entfernt</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>Moved</source>
        <translation>Verschoben</translation>
    </message>
</context>
<context>
    <name>Durations</name>
    <message>
        <source>under 1 ms</source>
        <translation>unter 1 ms</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 min</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 h</translation>
    </message>
    <message>
        <source>%1 d</source>
        <translation>%1 T.</translation>
    </message>
</context>
<context>
    <name>ElementTypes</name>
    <message>
        <source>process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>sub process</source>
        <translation>Teilprozess</translation>
    </message>
    <message>
        <source>ad hoc sub process</source>
        <translation>Ad-hoc-Teilprozess</translation>
    </message>
    <message>
        <source>transaction</source>
        <translation>Transaktion</translation>
    </message>
    <message>
        <source>call activity</source>
        <translation>Aufrufaktivität</translation>
    </message>
    <message>
        <source>task</source>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <source>user task</source>
        <translation>Benutzeraufgabe</translation>
    </message>
    <message>
        <source>service task</source>
        <translation>Serviceaufgabe</translation>
    </message>
    <message>
        <source>send task</source>
        <translation>Sendeaufgabe</translation>
    </message>
    <message>
        <source>receive task</source>
        <translation>Empfangsaufgabe</translation>
    </message>
    <message>
        <source>manual task</source>
        <translation>Manuelle Aufgabe</translation>
    </message>
    <message>
        <source>business rule task</source>
        <translation>Geschäftsregelaufgabe</translation>
    </message>
    <message>
        <source>script task</source>
        <translation>Skriptaufgabe</translation>
    </message>
    <message>
        <source>start event</source>
        <translation>Startereignis</translation>
    </message>
    <message>
        <source>end event</source>
        <translation>Endereignis</translation>
    </message>
    <message>
        <source>intermediate catch event</source>
        <translation>Eintretendes Zwischenereignis</translation>
    </message>
    <message>
        <source>intermediate throw event</source>
        <translation>Auslösendes Zwischenereignis</translation>
    </message>
    <message>
        <source>boundary event</source>
        <translation>Angeheftetes Ereignis</translation>
    </message>
    <message>
        <source>exclusive gateway</source>
        <translation>Exklusives Gateway</translation>
    </message>
    <message>
        <source>parallel gateway</source>
        <translation>Paralleles Gateway</translation>
    </message>
    <message>
        <source>inclusive gateway</source>
        <translation>Inklusives Gateway</translation>
    </message>
    <message>
        <source>complex gateway</source>
        <translation>Komplexes Gateway</translation>
    </message>
    <message>
        <source>event based gateway</source>
        <translation>Ereignisbasiertes Gateway</translation>
    </message>
    <message>
        <source>sequence flow</source>
        <translation>Sequenzfluss</translation>
    </message>
    <message>
        <source>message flow</source>
        <translation>Nachrichtenfluss</translation>
    </message>
    <message>
        <source>association</source>
        <translation>Assoziation</translation>
    </message>
    <message>
        <source>data input association</source>
        <translation>Dateneingangs-Assoziation</translation>
    </message>
    <message>
        <source>data output association</source>
        <translation>Datenausgangs-Assoziation</translation>
    </message>
    <message>
        <source>collaboration</source>
        <translation>Kollaboration</translation>
    </message>
    <message>
        <source>participant</source>
        <translation>Beteiligter</translation>
    </message>
    <message>
        <source>lane</source>
        <translation>Lane</translation>
    </message>
    <message>
        <source>lane set</source>
        <translation>Lanes</translation>
    </message>
    <message>
        <source>text annotation</source>
        <translation>Textanmerkung</translation>
    </message>
    <message>
        <source>group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>data object</source>
        <translation>Datenobjekt</translation>
    </message>
    <message>
        <source>data object reference</source>
        <translation>Datenobjekt-Referenz</translation>
    </message>
    <message>
        <source>data store</source>
        <translation>Datenspeicher</translation>
    </message>
    <message>
        <source>data store reference</source>
        <translation>Datenspeicher-Referenz</translation>
    </message>
    <message>
        <source>data input</source>
        <translation>Dateneingang</translation>
    </message>
    <message>
        <source>data output</source>
        <translation>Datenausgang</translation>
    </message>
    <message>
        <source>message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>signal</source>
        <translation>Signal</translation>
    </message>
    <message>
        <source>error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>escalation</source>
        <translation>Eskalation</translation>
    </message>
    <message>
        <source>message event definition</source>
        <translation>Nachrichtenereignis</translation>
    </message>
    <message>
        <source>timer event definition</source>
        <translation>Timerereignis</translation>
    </message>
    <message>
        <source>signal event definition</source>
        <translation>Signalereignis</translation>
    </message>
    <message>
        <source>error event definition</source>
        <translation>Fehlerereignis</translation>
    </message>
    <message>
        <source>escalation event definition</source>
        <translation>Eskalationsereignis</translation>
    </message>
    <message>
        <source>conditional event definition</source>
        <translation>Bedingungsereignis</translation>
    </message>
    <message>
        <source>compensate event definition</source>
        <translation>Kompensationsereignis</translation>
    </message>
    <message>
        <source>cancel event definition</source>
        <translation>Abbruchereignis</translation>
    </message>
    <message>
        <source>terminate event definition</source>
        <translation>Terminierungsereignis</translation>
    </message>
    <message>
        <source>link event definition</source>
        <translation>Linkereignis</translation>
    </message>
    <message>
        <source>condition expression</source>
        <translation>Bedingungsausdruck</translation>
    </message>
    <message>
        <source>documentation</source>
        <translation>Dokumentation</translation>
    </message>
    <message>
        <source>extension elements</source>
        <translation>Erweiterungen</translation>
    </message>
    <message>
        <source>definitions</source>
        <translation>Definitionen</translation>
    </message>
    <message>
        <source>shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>edge</source>
        <translation>Kante</translation>
    </message>
    <message>
        <source>decision</source>
        <translation>Entscheidung</translation>
    </message>
    <message>
        <source>decision table</source>
        <translation>Entscheidungstabelle</translation>
    </message>
    <message>
        <source>decision service</source>
        <translation>Entscheidungsdienst</translation>
    </message>
    <message>
        <source>business knowledge model</source>
        <translation>Geschäftswissensmodell</translation>
    </message>
    <message>
        <source>knowledge source</source>
        <translation>Wissensquelle</translation>
    </message>
    <message>
        <source>input data</source>
        <translation>Eingabedaten</translation>
    </message>
    <message>
        <source>input</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>literal expression</source>
        <translation>Ausdruck</translation>
    </message>
    <message>
        <source>item definition</source>
        <translation>Typdefinition</translation>
    </message>
    <message>
        <source>information requirement</source>
        <translation>Informationsbedarf</translation>
    </message>
    <message>
        <source>knowledge requirement</source>
        <translation>Wissensbedarf</translation>
    </message>
    <message>
        <source>authority requirement</source>
        <translation>Grundlage</translation>
    </message>
    <message>
        <source>element</source>
        <translation>Element</translation>
    </message>
    <message>
        <source>relationship</source>
        <translation>Beziehung</translation>
    </message>
    <message>
        <source>view</source>
        <translation>Sicht</translation>
    </message>
    <message>
        <source>node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>folder</source>
        <translation>Ordner</translation>
    </message>
</context>
<context>
    <name>QObject</name>
    <message>
        <source>and %1 more changes</source>
        <translation>und %1 weitere Änderungen</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Änderung</translation>
    </message>
    <message>
        <source>Element</source>
        <translation>Element</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>By whom and why</source>
        <translation>Von wem und warum</translation>
    </message>
    <message>
        <source>This artifact is new.</source>
        <translation>Dieses Artefakt ist neu.</translation>
    </message>
    <message>
        <source>This artifact is gone.</source>
        <translation>Dieses Artefakt ist nicht mehr da.</translation>
    </message>
    <message>
        <source>Only moved</source>
        <translation>Nur verschoben</translation>
    </message>
    <message>
        <source>the page cannot be shown</source>
        <translation>die Seite kann nicht angezeigt werden</translation>
    </message>
    <message>
        <source>the file cannot be written</source>
        <translation>die Datei kann nicht geschrieben werden</translation>
    </message>
    <message>
        <source>the drawing cannot be shown</source>
        <translation>die Zeichnung kann nicht angezeigt werden</translation>
    </message>
    <message>
        <source>the browser cannot print this drawing</source>
        <translation>der Browser kann diese Zeichnung nicht drucken</translation>
    </message>
    <message>
        <source>the printer took nothing</source>
        <translation>der Drucker hat nichts angenommen</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>Edited by one, deleted by another</source>
        <translation>Von einer Person bearbeitet, von einer anderen gelöscht</translation>
    </message>
    <message>
        <source>Connected to what another deleted</source>
        <translation>Mit etwas verbunden, das jemand anderes gelöscht hat</translation>
    </message>
    <message>
        <source>Edited beside an approval</source>
        <translation>Neben einer Freigabe bearbeitet</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>(deleted)</source>
        <translation>(gelöscht)</translation>
    </message>
    <message>
        <source>commented</source>
        <translation>kommentiert</translation>
    </message>
    <message>
        <source>approves</source>
        <translation>gibt frei</translation>
    </message>
    <message>
        <source>asks for changes</source>
        <translation>verlangt Änderungen</translation>
    </message>
    <message>
        <source> (before the last edit)</source>
        <translation> (vor der letzten Bearbeitung)</translation>
    </message>
    <message>
        <source>%1 approved it for “%2”</source>
        <translation>%1 hat es für „%2“ freigegeben</translation>
    </message>
    <message>
        <source>It was edited since</source>
        <translation>Es wurde seitdem bearbeitet</translation>
    </message>
    <message>
        <source>Signed, and counts</source>
        <translation>Unterschrieben und gültig</translation>
    </message>
    <message>
        <source>no changes that main has not</source>
        <translation>keine Änderungen, die der Hauptzweig nicht hat</translation>
    </message>
    <message>
        <source>1 change</source>
        <translation>1 Änderung</translation>
    </message>
    <message>
        <source>%1 changes</source>
        <translation>%1 Änderungen</translation>
    </message>
    <message>
        <source>%1, main has %2 more</source>
        <translation>%1, der Hauptzweig hat %2 weitere</translation>
    </message>
</context>
<context>
    <name>Templates</name>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>Process with an approval</source>
        <translation>Prozess mit Freigabe</translation>
    </message>
    <message>
        <source>Process with lanes</source>
        <translation>Prozess mit Lanes</translation>
    </message>
    <message>
        <source>Domain</source>
        <translation>Domäne</translation>
    </message>
    <message>
        <source>Note (Markdown)</source>
        <translation>Notiz (Markdown)</translation>
    </message>
    <message>
        <source>Settings (YAML)</source>
        <translation>Einstellungen (YAML)</translation>
    </message>
</context>
<context>
    <name>Times</name>
    <message>
        <source>just now</source>
        <translation>gerade eben</translation>
    </message>
    <message>
        <source>1 minute ago</source>
        <translation>vor 1 Minute</translation>
    </message>
    <message>
        <source>%1 minutes ago</source>
        <translation>vor %1 Minuten</translation>
    </message>
    <message>
        <source>1 hour ago</source>
        <translation>vor 1 Stunde</translation>
    </message>
    <message>
        <source>%1 hours ago</source>
        <translation>vor %1 Stunden</translation>
    </message>
    <message>
        <source>yesterday, %1</source>
        <translation>gestern, %1</translation>
    </message>
</context>
<context>
    <name>ameide::modeler::BpmnEditor</name>
    <message>
        <source>The editor and this program do not fit together. Install the program again.</source>
        <translation>Der Editor und dieses Programm passen nicht zusammen. Installieren Sie das Programm neu.</translation>
    </message>
    <message>
        <source>The diagram cannot be shown: %1</source>
        <translation>Das Diagramm kann nicht angezeigt werden: %1</translation>
    </message>
    <message>
        <source>The last edit failed halfway and was taken back.</source>
        <translation>Die letzte Bearbeitung ist mittendrin gescheitert und wurde zurückgenommen.</translation>
    </message>
    <message>
        <source>This edit could not be recorded and was taken back: %1</source>
        <translation>Diese Bearbeitung konnte nicht aufgezeichnet werden und wurde zurückgenommen: %1</translation>
    </message>
    <message>
        <source>A change by others cannot be shown here: %1</source>
        <translation>Eine Änderung anderer kann hier nicht angezeigt werden: %1</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ArtifactModel</name>
    <message>
        <source>1 error</source>
        <translation>1 Fehler</translation>
    </message>
    <message>
        <source>%1 errors</source>
        <translation>%1 Fehler</translation>
    </message>
    <message>
        <source>1 warning</source>
        <translation>1 Warnung</translation>
    </message>
    <message>
        <source>%1 warnings</source>
        <translation>%1 Warnungen</translation>
    </message>
    <message>
        <source>Changed outside of the workbench</source>
        <translation>Außerhalb der Workbench geändert</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ArtifactTab</name>
    <message>
        <source>This artifact cannot be shown: %1</source>
        <translation>Dieses Artefakt kann nicht angezeigt werden: %1</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>“%1” was not recorded: %2</source>
        <translation>„%1“ wurde nicht aufgezeichnet: %2</translation>
    </message>
    <message>
        <source>This artifact is not there any more: its file was removed, or this branch has none. Its history is kept.</source>
        <translation>Dieses Artefakt gibt es nicht mehr: Seine Datei wurde entfernt, oder dieser Branch enthält keine. Sein Verlauf bleibt erhalten.</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>the artifact was not there yet at %1</source>
        <translation>das Artefakt gab es am %1 noch nicht</translation>
    </message>
    <message>
        <source>That state cannot be shown: %1</source>
        <translation>Dieser Stand kann nicht angezeigt werden: %1</translation>
    </message>
    <message>
        <source>You are looking at %1</source>
        <translation>Sie sehen den Stand %1</translation>
    </message>
    <message>
        <source>You are looking at %1 — %2</source>
        <translation>Sie sehen den Stand %1 – %2</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Restore the state of %1</source>
        <translation>Stand von %1 wiederherstellen</translation>
    </message>
    <message>
        <source>Not restored: %1</source>
        <translation>Nicht wiederhergestellt: %1</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::BannerStack</name>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::BpmnTab</name>
    <message>
        <source>The editor ended unexpectedly and was restored. Every recorded edit is here.</source>
        <translation>Der Editor wurde unerwartet beendet und wiederhergestellt. Alle aufgezeichneten Bearbeitungen sind vorhanden.</translation>
    </message>
    <message>
        <source>Reload</source>
        <translation>Neu laden</translation>
    </message>
    <message>
        <source>Not mended: %1</source>
        <translation>Nicht behoben: %1</translation>
    </message>
    <message>
        <source>Nothing was left to mend here</source>
        <translation>Hier war nichts mehr zu beheben</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::CommandSearch</name>
    <message>
        <source>Search actions, artifacts and elements</source>
        <translation>Aktionen, Artefakte und Elemente suchen</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Open this link</source>
        <translation>Diesen Link öffnen</translation>
    </message>
    <message>
        <source>line %1</source>
        <translation>Zeile %1</translation>
    </message>
    <message>
        <source>Nothing is called “%1”</source>
        <translation>Nichts heißt „%1“</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::CompareList</name>
    <message>
        <source>Changes</source>
        <translation>Änderungen</translation>
    </message>
    <message>
        <source>What changed, by whom and why</source>
        <translation>Was sich geändert hat, durch wen und warum</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source> with 1 element in it</source>
        <translation> mit 1 Element darin</translation>
    </message>
    <message>
        <source> with %1 elements in it</source>
        <translation> mit %1 Elementen darin</translation>
    </message>
    <message>
        <source>Only moved (%1)</source>
        <translation>Nur verschoben (%1)</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>%1 — %2, %3</source>
        <translation>%1 – %2, %3</translation>
    </message>
    <message>
        <source>and %1 more changes</source>
        <translation>und %1 weitere Änderungen</translation>
    </message>
    <message>
        <source>Renamed from %1</source>
        <translation>Umbenannt von %1</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::CompareTab</name>
    <message>
        <source>What differs, line by line</source>
        <translation>Unterschiede, Zeile für Zeile</translation>
    </message>
    <message>
        <source>Compare the beginning of this day</source>
        <translation>Beginn dieses Tages vergleichen</translation>
    </message>
    <message>
        <source>with the end of this day</source>
        <translation>mit dem Ende dieses Tages</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Previous change (Alt+Up)</source>
        <translation>Vorherige Änderung (Alt+Aufwärts)</translation>
    </message>
    <message>
        <source>Next change (Alt+Down)</source>
        <translation>Nächste Änderung (Alt+Abwärts)</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Nebeneinander</translation>
    </message>
    <message>
        <source>Save report…</source>
        <translation>Bericht speichern…</translation>
    </message>
    <message>
        <source>Compare workspace</source>
        <translation>Arbeitsbereich vergleichen</translation>
    </message>
    <message>
        <source>Compare %1</source>
        <translation>%1 vergleichen</translation>
    </message>
    <message>
        <source>%1: %2 compared with %3</source>
        <translation>%1: %2 verglichen mit %3</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>Wird verglichen…</translation>
    </message>
    <message>
        <source>These states cannot be compared: %1</source>
        <translation>Diese Stände können nicht verglichen werden: %1</translation>
    </message>
    <message>
        <source>Nothing differs between these two states.</source>
        <translation>Diese beiden Stände unterscheiden sich nicht.</translation>
    </message>
    <message>
        <source>%1 added</source>
        <translation>%1 hinzugefügt</translation>
    </message>
    <message>
        <source>%1 removed</source>
        <translation>%1 entfernt</translation>
    </message>
    <message>
        <source>%1 changed</source>
        <translation>%1 geändert</translation>
    </message>
    <message>
        <source>%1 moved</source>
        <translation>%1 verschoben</translation>
    </message>
    <message>
        <source>%1 is kept as a whole file; its versions cannot be shown here.</source>
        <translation>%1 wird als ganze Datei aufbewahrt; seine Versionen können hier nicht angezeigt werden.</translation>
    </message>
    <message>
        <source>The diagrams cannot be shown beside the list: %1</source>
        <translation>Die Diagramme können neben der Liste nicht angezeigt werden: %1</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>Webseite (*.html)</translation>
    </message>
    <message>
        <source>For printing (*.pdf)</source>
        <translation>Zum Drucken (*.pdf)</translation>
    </message>
    <message>
        <source>Saved the report as %1</source>
        <translation>Bericht als %1 gespeichert</translation>
    </message>
    <message>
        <source>The report was not saved: %1</source>
        <translation>Der Bericht wurde nicht gespeichert: %1</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>Show what differs line by line</source>
        <translation>Unterschiede Zeile für Zeile zeigen</translation>
    </message>
    <message>
        <source>Two files</source>
        <translation>Zwei Dateien</translation>
    </message>
    <message>
        <source>Only BPMN diagrams are shown side by side</source>
        <translation>Nur BPMN-Diagramme werden nebeneinander gezeigt</translation>
    </message>
    <message>
        <source>%1 was %2 before. Nothing else differs.</source>
        <translation>%1 hieß vorher %2. Sonst ist nichts verschieden.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::EditorArea</name>
    <message>
        <source>Open an artifact to see it here.</source>
        <translation>Öffnen Sie ein Artefakt, um es hier zu sehen.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::EditorPane</name>
    <message>
        <source>Open editors</source>
        <translation>Offene Editoren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::FileTab</name>
    <message>
        <source>This is the file&apos;s text. Mend it here and save it: the workspace takes it in as soon as it can be read.</source>
        <translation>Dies ist der Text der Datei. Berichtigen Sie ihn hier und speichern Sie ihn: Der Arbeitsbereich übernimmt ihn, sobald er gelesen werden kann.</translation>
    </message>
    <message>
        <source>This is the file&apos;s text, read-only. Mend it in the program that wrote it.</source>
        <translation>Dies ist der Text der Datei, schreibgeschützt. Berichtigen Sie ihn in dem Programm, das ihn geschrieben hat.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Not saved: %1</source>
        <translation>Nicht gespeichert: %1</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::FindBar</name>
    <message>
        <source>Find in this text</source>
        <translation>In diesem Text suchen</translation>
    </message>
    <message>
        <source>Previous (Shift+Enter)</source>
        <translation>Vorige Stelle (Umschalt+Eingabe)</translation>
    </message>
    <message>
        <source>Next (Enter)</source>
        <translation>Nächste Stelle (Eingabe)</translation>
    </message>
    <message>
        <source>Match case</source>
        <translation>Groß- und Kleinschreibung beachten</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Schließen (Esc)</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>Nicht gefunden</translation>
    </message>
    <message>
        <source>1 place</source>
        <translation>1 Stelle</translation>
    </message>
    <message>
        <source>%1 places</source>
        <translation>%1 Stellen</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::HeatLegend</name>
    <message>
        <source>Colours from %1 (pale) to %2 (strong)</source>
        <translation>Farben von %1 (blass) bis %2 (kräftig)</translation>
    </message>
    <message>
        <source>The median of each element: from %1 to %2</source>
        <translation>Der Median jedes Elements: von %1 bis %2</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::HistoryFilter</name>
    <message>
        <source>Filter by words</source>
        <translation>Nach Wörtern filtern</translation>
    </message>
    <message>
        <source>Filter the history by words</source>
        <translation>Verlauf nach Wörtern filtern</translation>
    </message>
    <message>
        <source>Changes by</source>
        <translation>Änderungen von</translation>
    </message>
    <message>
        <source>Everybody</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Changes in</source>
        <translation>Änderungen in</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>Jederzeit</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>Letzte 7 Tage</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>Letzte 30 Tage</translation>
    </message>
    <message>
        <source>Last 90 days</source>
        <translation>Letzte 90 Tage</translation>
    </message>
    <message>
        <source>Last 365 days</source>
        <translation>Letzte 365 Tage</translation>
    </message>
    <message>
        <source>Choose dates</source>
        <translation>Daten wählen</translation>
    </message>
    <message>
        <source>From this day on</source>
        <translation>Ab diesem Tag</translation>
    </message>
    <message>
        <source>Up to and including this day</source>
        <translation>Bis einschließlich dieses Tages</translation>
    </message>
    <message>
        <source>Only what touched “%1”</source>
        <translation>Nur was „%1“ betraf</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::HistoryModel</name>
    <message>
        <source>%1, and 1 other change</source>
        <translation>%1 und 1 weitere Änderung</translation>
    </message>
    <message>
        <source>%1, and %2 other changes</source>
        <translation>%1 und %2 weitere Änderungen</translation>
    </message>
    <message>
        <source>%1 changes</source>
        <translation>%1 Änderungen</translation>
    </message>
    <message>
        <source>%1 and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>Commit %1</source>
        <translation>Commit %1</translation>
    </message>
    <message>
        <source>change</source>
        <translation>Änderung</translation>
    </message>
    <message>
        <source>session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>commit</source>
        <translation>Commit</translation>
    </message>
    <message>
        <source>revision</source>
        <translation>Revision</translation>
    </message>
    <message>
        <source>review</source>
        <translation>Review</translation>
    </message>
    <message>
        <source>approval</source>
        <translation>Freigabe</translation>
    </message>
    <message>
        <source>promotion</source>
        <translation>Hochstufung</translation>
    </message>
    <message>
        <source>publication</source>
        <translation>Veröffentlichung</translation>
    </message>
    <message>
        <source>branch</source>
        <translation>Branch</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::HistoryView</name>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>This artifact</source>
        <translation>Dieses Artefakt</translation>
    </message>
    <message>
        <source>Whole workspace</source>
        <translation>Ganzer Arbeitsbereich</translation>
    </message>
    <message>
        <source>History of</source>
        <translation>Verlauf von</translation>
    </message>
    <message>
        <source>Show older entries</source>
        <translation>Ältere Einträge anzeigen</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>Alles anzeigen</translation>
    </message>
    <message>
        <source>Look at this state</source>
        <translation>Diesen Stand ansehen</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Compares the two entries that are selected, or one with now</source>
        <translation>Vergleicht die beiden ausgewählten Einträge oder einen mit dem jetzigen Stand</translation>
    </message>
    <message>
        <source>%1, by %2</source>
        <translation>%1, von %2</translation>
    </message>
    <message>
        <source>%1 “%2” by %3</source>
        <translation>%1 „%2“ von %3</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>The history cannot be read: %1</source>
        <translation>Der Verlauf kann nicht gelesen werden: %1</translation>
    </message>
    <message>
        <source>Open an artifact to see who changed what, and when. Pick an entry to look at that moment; pick a second one with Ctrl to compare the two.</source>
        <translation>Öffnen Sie ein Artefakt, um zu sehen, wer was wann geändert hat. Wählen Sie einen Eintrag, um den Stand von damals anzusehen; wählen Sie mit Strg einen zweiten, um beide zu vergleichen.</translation>
    </message>
    <message>
        <source>Nothing in the history fits this filter.</source>
        <translation>Kein Eintrag im Verlauf passt zu diesem Filter.</translation>
    </message>
    <message>
        <source>Nothing has changed yet. Each edit and each commit appears here.</source>
        <translation>Noch hat sich nichts geändert. Jede Bearbeitung und jeder Commit erscheint hier.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::IncidentCard</name>
    <message>
        <source>The work failed, and no attempts are left</source>
        <translation>Die Arbeit ist gescheitert, und es bleibt kein Versuch</translation>
    </message>
    <message>
        <source>An expression gave no usable value</source>
        <translation>Ein Ausdruck ergab keinen brauchbaren Wert</translation>
    </message>
    <message>
        <source>No way out could be chosen</source>
        <translation>Kein Ausgang konnte gewählt werden</translation>
    </message>
    <message>
        <source>Nothing in the process catches this error</source>
        <translation>Nichts im Prozess fängt diesen Fehler</translation>
    </message>
    <message>
        <source>Show it on the diagram</source>
        <translation>Im Diagramm zeigen</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Try again, with the first number of attempts</source>
        <translation>Erneut versuchen, mit der anfänglichen Zahl von Versuchen</translation>
    </message>
    <message>
        <source>Resolve…</source>
        <translation>Beheben…</translation>
    </message>
    <message>
        <source>Change variables, then try again</source>
        <translation>Variablen ändern, dann erneut versuchen</translation>
    </message>
    <message>
        <source>Skip…</source>
        <translation>Überspringen…</translation>
    </message>
    <message>
        <source>Go on as if its work were done</source>
        <translation>Weitermachen, als wäre die Arbeit getan</translation>
    </message>
    <message>
        <source>What it saw</source>
        <translation>Was es sah</translation>
    </message>
    <message>
        <source>Mend the variables that the element and the process have, then try again.</source>
        <translation>Berichtigen Sie die Variablen des Elements und des Prozesses und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Set and retry</source>
        <translation>Setzen und erneut versuchen</translation>
    </message>
    <message>
        <source>The run goes on behind it. Variables that its work would have set can be given here. This cannot be undone.</source>
        <translation>Der Lauf geht dahinter weiter. Variablen, die die Arbeit gesetzt hätte, können hier angegeben werden. Das kann nicht rückgängig gemacht werden.</translation>
    </message>
    <message>
        <source>Skip it</source>
        <translation>Überspringen</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::MainWindow</name>
    <message>
        <source>Ameide Workbench</source>
        <translation>Ameide Workbench</translation>
    </message>
    <message>
        <source>Search actions, artifacts and elements</source>
        <translation>Aktionen, Artefakte und Elemente suchen</translation>
    </message>
    <message>
        <source>Publish</source>
        <translation>Veröffentlichen</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>Bereich ausblenden</translation>
    </message>
    <message>
        <source>Workspace</source>
        <translation>Arbeitsbereich</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Ausführen</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>Ordner öffnen…</translation>
    </message>
    <message>
        <source>Open the sample</source>
        <translation>Beispiel öffnen</translation>
    </message>
    <message>
        <source>New…</source>
        <translation>Neu…</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Ctrl+,</source>
        <translation>Ctrl+,</translation>
    </message>
    <message>
        <source>Close workspace</source>
        <translation>Arbeitsbereich schließen</translation>
    </message>
    <message>
        <source>Commit…</source>
        <translation>Commit…</translation>
    </message>
    <message>
        <source>Ctrl+Shift+C</source>
        <translation>Ctrl+Shift+C</translation>
    </message>
    <message>
        <source>Pull</source>
        <translation>Pull</translation>
    </message>
    <message>
        <source>Push</source>
        <translation>Push</translation>
    </message>
    <message>
        <source>Cancel transfer</source>
        <translation>Übertragung abbrechen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Close tab</source>
        <translation>Tab schließen</translation>
    </message>
    <message>
        <source>Next tab</source>
        <translation>Nächster Tab</translation>
    </message>
    <message>
        <source>Ctrl+Tab</source>
        <translation>Ctrl+Tab</translation>
    </message>
    <message>
        <source>Previous tab</source>
        <translation>Vorheriger Tab</translation>
    </message>
    <message>
        <source>Ctrl+Shift+Tab</source>
        <translation>Ctrl+Shift+Tab</translation>
    </message>
    <message>
        <source>Move the tab to the other side</source>
        <translation>Tab auf die andere Seite verschieben</translation>
    </message>
    <message>
        <source>Ctrl+\</source>
        <translation>Ctrl+\</translation>
    </message>
    <message>
        <source>Move the tab to a window of its own</source>
        <translation>Tab in ein eigenes Fenster verschieben</translation>
    </message>
    <message>
        <source>Ctrl+Shift+N</source>
        <translation>Ctrl+Shift+N</translation>
    </message>
    <message>
        <source>Copy a link to this place</source>
        <translation>Link zu dieser Stelle kopieren</translation>
    </message>
    <message>
        <source>Ctrl+Alt+L</source>
        <translation>Ctrl+Alt+L</translation>
    </message>
    <message>
        <source>Open a link</source>
        <translation>Link öffnen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+L</source>
        <translation>Ctrl+Shift+L</translation>
    </message>
    <message>
        <source>The clipboard holds no link to a workspace</source>
        <translation>Die Zwischenablage enthält keinen Link zu einem Arbeitsbereich</translation>
    </message>
    <message>
        <source>Ctrl+K</source>
        <translation>Ctrl+K</translation>
    </message>
    <message>
        <source>Ctrl+Shift+E</source>
        <translation>Ctrl+Shift+E</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+F</source>
        <translation>Ctrl+Shift+F</translation>
    </message>
    <message>
        <source>Find and replace in the workspace</source>
        <translation>Im Arbeitsbereich suchen und ersetzen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+G</source>
        <translation>Ctrl+Shift+G</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Ctrl+Shift+H</source>
        <translation>Ctrl+Shift+H</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>Review</translation>
    </message>
    <message>
        <source>Ctrl+Shift+V</source>
        <translation>Ctrl+Shift+V</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Ctrl+Shift+R</source>
        <translation>Ctrl+Shift+R</translation>
    </message>
    <message>
        <source>Ctrl+Shift+M</source>
        <translation>Ctrl+Shift+M</translation>
    </message>
    <message>
        <source>Next problem</source>
        <translation>Nächstes Problem</translation>
    </message>
    <message>
        <source>F8</source>
        <translation>F8</translation>
    </message>
    <message>
        <source>Previous problem</source>
        <translation>Vorheriges Problem</translation>
    </message>
    <message>
        <source>Shift+F8</source>
        <translation>Shift+F8</translation>
    </message>
    <message>
        <source>Ctrl+Shift+U</source>
        <translation>Ctrl+Shift+U</translation>
    </message>
    <message>
        <source>Show or hide the panel</source>
        <translation>Unteren Bereich ein- oder ausblenden</translation>
    </message>
    <message>
        <source>Ctrl+J</source>
        <translation>Ctrl+J</translation>
    </message>
    <message>
        <source>Show or hide the side view</source>
        <translation>Seitenleiste ein- oder ausblenden</translation>
    </message>
    <message>
        <source>Ctrl+B</source>
        <translation>Ctrl+B</translation>
    </message>
    <message>
        <source>Go to the next part of the window</source>
        <translation>Zum nächsten Teil des Fensters</translation>
    </message>
    <message>
        <source>F6</source>
        <translation>F6</translation>
    </message>
    <message>
        <source>Go to the previous part of the window</source>
        <translation>Zum vorherigen Teil des Fensters</translation>
    </message>
    <message>
        <source>Shift+F6</source>
        <translation>Shift+F6</translation>
    </message>
    <message>
        <source>Theme: like the system</source>
        <translation>Erscheinungsbild: wie das System</translation>
    </message>
    <message>
        <source>Theme: light</source>
        <translation>Erscheinungsbild: hell</translation>
    </message>
    <message>
        <source>Theme: dark</source>
        <translation>Erscheinungsbild: dunkel</translation>
    </message>
    <message>
        <source>Publish…</source>
        <translation>Veröffentlichen…</translation>
    </message>
    <message>
        <source>Ctrl+Shift+P</source>
        <translation>Ctrl+Shift+P</translation>
    </message>
    <message>
        <source>Play this process</source>
        <translation>Diesen Prozess durchspielen</translation>
    </message>
    <message>
        <source>Ctrl+Alt+P</source>
        <translation>Ctrl+Alt+P</translation>
    </message>
    <message>
        <source>Start an instance</source>
        <translation>Instanz starten</translation>
    </message>
    <message>
        <source>Restart the backend</source>
        <translation>Backend neu starten</translation>
    </message>
    <message>
        <source>&amp;Workspace</source>
        <translation>&amp;Arbeitsbereich</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>A&amp;nsicht</translation>
    </message>
    <message>
        <source>&amp;Diagram</source>
        <translation>&amp;Diagramm</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>&amp;Verlauf</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>A&amp;usführen</translation>
    </message>
    <message>
        <source>No workspace is open</source>
        <translation>Kein Arbeitsbereich ist geöffnet</translation>
    </message>
    <message>
        <source>The workspace is read-only</source>
        <translation>Der Arbeitsbereich ist schreibgeschützt</translation>
    </message>
    <message>
        <source>Wait until the present transfer is done</source>
        <translation>Warten Sie, bis die laufende Übertragung abgeschlossen ist</translation>
    </message>
    <message>
        <source>This workspace has no remote; add one with “git remote add”</source>
        <translation>Dieser Arbeitsbereich hat kein Remote; fügen Sie mit „git remote add“ eines hinzu</translation>
    </message>
    <message>
        <source>Nothing is being transferred</source>
        <translation>Es läuft keine Übertragung</translation>
    </message>
    <message>
        <source>A publish is under way</source>
        <translation>Eine Veröffentlichung läuft gerade</translation>
    </message>
    <message>
        <source>The backend is not running</source>
        <translation>Das Backend läuft nicht</translation>
    </message>
    <message>
        <source>No process is open</source>
        <translation>Kein Prozess ist geöffnet</translation>
    </message>
    <message>
        <source>No tab is open</source>
        <translation>Kein Tab ist geöffnet</translation>
    </message>
    <message>
        <source>There is no other tab to put it beside</source>
        <translation>Es gibt keinen anderen Tab, neben den er gestellt werden könnte</translation>
    </message>
    <message>
        <source>No artifact is open</source>
        <translation>Kein Artefakt ist geöffnet</translation>
    </message>
    <message>
        <source>There are no problems</source>
        <translation>Es gibt keine Probleme</translation>
    </message>
    <message>
        <source>This state cannot be changed</source>
        <translation>Dieser Stand kann nicht geändert werden</translation>
    </message>
    <message>
        <source>Nothing to undo</source>
        <translation>Nichts rückgängig zu machen</translation>
    </message>
    <message>
        <source>Nothing to redo</source>
        <translation>Nichts zu wiederholen</translation>
    </message>
    <message>
        <source>Undo “%1”</source>
        <translation>„%1“ rückgängig machen</translation>
    </message>
    <message>
        <source>Redo “%1”</source>
        <translation>„%1“ wiederholen</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>What did you change, and why?</source>
        <translation>Was haben Sie geändert, und warum?</translation>
    </message>
    <message>
        <source>Commit message</source>
        <translation>Commit-Nachricht</translation>
    </message>
    <message>
        <source>Commit</source>
        <translation>Commit</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Who are you? Commits carry a name and an e-mail address.</source>
        <translation>Wer sind Sie? Commits enthalten einen Namen und eine E-Mail-Adresse.</translation>
    </message>
    <message>
        <source>Your name</source>
        <translation>Ihr Name</translation>
    </message>
    <message>
        <source>you@example.com</source>
        <translation>sie@example.com</translation>
    </message>
    <message>
        <source>Your e-mail address</source>
        <translation>Ihre E-Mail-Adresse</translation>
    </message>
    <message>
        <source>Save and commit</source>
        <translation>Speichern und committen</translation>
    </message>
    <message>
        <source>Align left</source>
        <translation>Links ausrichten</translation>
    </message>
    <message>
        <source>Align centres</source>
        <translation>Mitten waagerecht ausrichten</translation>
    </message>
    <message>
        <source>Align right</source>
        <translation>Rechts ausrichten</translation>
    </message>
    <message>
        <source>Align top</source>
        <translation>Oben ausrichten</translation>
    </message>
    <message>
        <source>Align middles</source>
        <translation>Mitten senkrecht ausrichten</translation>
    </message>
    <message>
        <source>Align bottom</source>
        <translation>Unten ausrichten</translation>
    </message>
    <message>
        <source>Distribute horizontally</source>
        <translation>Horizontal verteilen</translation>
    </message>
    <message>
        <source>Distribute vertically</source>
        <translation>Vertikal verteilen</translation>
    </message>
    <message>
        <source>Colour: none</source>
        <translation>Farbe: keine</translation>
    </message>
    <message>
        <source>Colour: blue</source>
        <translation>Farbe: Blau</translation>
    </message>
    <message>
        <source>Colour: green</source>
        <translation>Farbe: Grün</translation>
    </message>
    <message>
        <source>Colour: orange</source>
        <translation>Farbe: Orange</translation>
    </message>
    <message>
        <source>Colour: red</source>
        <translation>Farbe: Rot</translation>
    </message>
    <message>
        <source>Colour: purple</source>
        <translation>Farbe: Violett</translation>
    </message>
    <message>
        <source>Copy elements</source>
        <translation>Elemente kopieren</translation>
    </message>
    <message>
        <source>Cut elements</source>
        <translation>Elemente ausschneiden</translation>
    </message>
    <message>
        <source>Paste elements</source>
        <translation>Elemente einfügen</translation>
    </message>
    <message>
        <source>Duplicate elements</source>
        <translation>Elemente duplizieren</translation>
    </message>
    <message>
        <source>Select all elements</source>
        <translation>Alle Elemente auswählen</translation>
    </message>
    <message>
        <source>Lay out the diagram</source>
        <translation>Diagramm anordnen</translation>
    </message>
    <message>
        <source>Find in the diagram</source>
        <translation>Im Diagramm suchen</translation>
    </message>
    <message>
        <source>Diagram</source>
        <translation>Diagramm</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Fit the diagram</source>
        <translation>Diagramm einpassen</translation>
    </message>
    <message>
        <source>Ctrl+0</source>
        <translation>Ctrl+0</translation>
    </message>
    <message>
        <source>Show or hide the minimap</source>
        <translation>Übersichtskarte ein- oder ausblenden</translation>
    </message>
    <message>
        <source>Open as text</source>
        <translation>Als Text öffnen</translation>
    </message>
    <message>
        <source>Export the diagram as SVG…</source>
        <translation>Diagramm als SVG exportieren…</translation>
    </message>
    <message>
        <source>Export the diagram as PNG…</source>
        <translation>Diagramm als PNG exportieren…</translation>
    </message>
    <message>
        <source>Export the diagram as PDF…</source>
        <translation>Diagramm als PDF exportieren…</translation>
    </message>
    <message>
        <source>Print the diagram…</source>
        <translation>Diagramm drucken…</translation>
    </message>
    <message>
        <source>Copy as SVG</source>
        <translation>Als SVG kopieren</translation>
    </message>
    <message>
        <source>Copy as image</source>
        <translation>Als Bild kopieren</translation>
    </message>
    <message>
        <source>Ctrl+Alt+C</source>
        <translation>Ctrl+Alt+C</translation>
    </message>
    <message>
        <source>No diagram is open</source>
        <translation>Kein Diagramm ist geöffnet</translation>
    </message>
    <message>
        <source>Arrange</source>
        <translation>Anordnen</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>Farbe</translation>
    </message>
    <message>
        <source>Export the diagram</source>
        <translation>Diagramm exportieren</translation>
    </message>
    <message>
        <source>%1 file (*.%2)</source>
        <translation>%1-Datei (*.%2)</translation>
    </message>
    <message>
        <source>Drawing…</source>
        <translation>Wird gezeichnet…</translation>
    </message>
    <message>
        <source>Exported to %1</source>
        <translation>Nach %1 exportiert</translation>
    </message>
    <message>
        <source>Printed %1</source>
        <translation>%1 gedruckt</translation>
    </message>
    <message>
        <source>Copied as image</source>
        <translation>Als Bild kopiert</translation>
    </message>
    <message>
        <source>Copied as SVG</source>
        <translation>Als SVG kopiert</translation>
    </message>
    <message>
        <source>The diagram was not drawn: %1</source>
        <translation>Das Diagramm wurde nicht gezeichnet: %1</translation>
    </message>
    <message>
        <source>%1 – Ameide Workbench</source>
        <translation>%1 – Ameide Workbench</translation>
    </message>
    <message>
        <source>You opened this workspace read-only: nothing can be changed here.</source>
        <translation>Sie haben diesen Arbeitsbereich schreibgeschützt geöffnet: Hier kann nichts geändert werden.</translation>
    </message>
    <message>
        <source>This workspace is open read-only: %1.</source>
        <translation>Dieser Arbeitsbereich ist schreibgeschützt geöffnet: %1.</translation>
    </message>
    <message>
        <source>Open for editing</source>
        <translation>Zum Bearbeiten öffnen</translation>
    </message>
    <message>
        <source>Opened %1</source>
        <translation>%1 geöffnet</translation>
    </message>
    <message>
        <source>Open read-only</source>
        <translation>Schreibgeschützt öffnen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>“%1” cannot be opened for editing: %2</source>
        <translation>„%1“ kann nicht zum Bearbeiten geöffnet werden: %2</translation>
    </message>
    <message>
        <source>“%1” is being edited in %2. Only one program can edit it at a time.</source>
        <translation>„%1“ wird gerade in %2 bearbeitet. Nur ein Programm kann ihn zur selben Zeit bearbeiten.</translation>
    </message>
    <message>
        <source>“%1” cannot be opened: %2</source>
        <translation>„%1“ kann nicht geöffnet werden: %2</translation>
    </message>
    <message>
        <source>Took in changes of %1 by another program</source>
        <translation>Änderungen eines anderen Programms an %1 übernommen</translation>
    </message>
    <message>
        <source>Found %1</source>
        <translation>%1 gefunden</translation>
    </message>
    <message>
        <source>Followed %1 to its new place</source>
        <translation>%1 an seinen neuen Ort gefolgt</translation>
    </message>
    <message>
        <source>%1 was removed by another program; its history is kept</source>
        <translation>%1 wurde von einem anderen Programm entfernt; der Verlauf bleibt erhalten</translation>
    </message>
    <message>
        <source>Another program saved %1 with an error in line %2: %3. The last good version stays.</source>
        <translation>Ein anderes Programm hat %1 mit einem Fehler in Zeile %2 gespeichert: %3. Die letzte fehlerfreie Version bleibt bestehen.</translation>
    </message>
    <message>
        <source>%1 cannot be read as it was saved: %2</source>
        <translation>%1 kann so, wie es gespeichert wurde, nicht gelesen werden: %2</translation>
    </message>
    <message>
        <source>The text that was saved is kept in %1; the file itself is written again from the last good version. Mend the text and save it to take it in.</source>
        <translation>Der gespeicherte Text liegt in %1; die Datei selbst wird aus der letzten fehlerfreien Version neu geschrieben. Berichtigen Sie den Text und speichern Sie ihn, damit er übernommen wird.</translation>
    </message>
    <message>
        <source>%1 did not work: %2</source>
        <translation>%1 ist fehlgeschlagen: %2</translation>
    </message>
    <message>
        <source>The backend cannot be started. You can go on editing; publishing and runs wait for it.</source>
        <translation>Das Backend kann nicht gestartet werden. Sie können weiter bearbeiten; Veröffentlichen und Läufe warten darauf.</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Backend: %1</source>
        <translation>Backend: %1</translation>
    </message>
    <message>
        <source>There is no artifact %1</source>
        <translation>Es gibt kein Artefakt %1</translation>
    </message>
    <message>
        <source>%1 has no editor here. Its versions are kept as whole files.</source>
        <translation>Für %1 gibt es hier keinen Editor. Seine Versionen werden als ganze Dateien aufbewahrt.</translation>
    </message>
    <message>
        <source>Copied a link to %1</source>
        <translation>Link zu %1 kopiert</translation>
    </message>
    <message>
        <source>Copied a link to the element</source>
        <translation>Link zum Element kopiert</translation>
    </message>
    <message>
        <source>This link leads to a workspace that was not open here yet. Open its folder, then the link again.</source>
        <translation>Dieser Link führt zu einem Arbeitsbereich, der hier noch nicht geöffnet war. Öffnen Sie seinen Ordner und dann den Link noch einmal.</translation>
    </message>
    <message>
        <source>The link leads to %1, which is not in this workspace (any more), or has no editor.</source>
        <translation>Der Link führt zu %1. Das ist nicht (mehr) in diesem Arbeitsbereich oder hat keinen Editor.</translation>
    </message>
    <message>
        <source>no branch</source>
        <translation>kein Branch</translation>
    </message>
    <message>
        <source>%1 commits to push, %2 to pull (%3)</source>
        <translation>%1 Commits für Push, %2 für Pull (%3)</translation>
    </message>
    <message>
        <source>This workspace has no remote</source>
        <translation>Dieser Arbeitsbereich hat kein Remote</translation>
    </message>
    <message>
        <source>Read-only</source>
        <translation>Schreibgeschützt</translation>
    </message>
    <message>
        <source>Saved, writing files…</source>
        <translation>Gespeichert, Dateien werden geschrieben…</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Every edit is kept at once; files follow when you pause.</source>
        <translation>Jede Bearbeitung wird sofort gesichert; die Dateien folgen, wenn Sie innehalten.</translation>
    </message>
    <message>
        <source>1 error</source>
        <translation>1 Fehler</translation>
    </message>
    <message>
        <source>%1 errors</source>
        <translation>%1 Fehler</translation>
    </message>
    <message>
        <source>1 warning</source>
        <translation>1 Warnung</translation>
    </message>
    <message>
        <source>%1 warnings</source>
        <translation>%1 Warnungen</translation>
    </message>
    <message>
        <source>Problems (%1)</source>
        <translation>Probleme (%1)</translation>
    </message>
    <message>
        <source>Backend starting</source>
        <translation>Backend startet</translation>
    </message>
    <message>
        <source>Backend running</source>
        <translation>Backend läuft</translation>
    </message>
    <message>
        <source>Backend restarting</source>
        <translation>Backend startet neu</translation>
    </message>
    <message>
        <source>Backend failed</source>
        <translation>Backend ausgefallen</translation>
    </message>
    <message>
        <source>Backend stopped</source>
        <translation>Backend gestoppt</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>Restore the state that is shown</source>
        <translation>Angezeigten Stand wiederherstellen</translation>
    </message>
    <message>
        <source>Replay how it grew</source>
        <translation>Entstehung abspielen</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Zurück zum jetzigen Stand</translation>
    </message>
    <message>
        <source>Compare the state that is shown with now</source>
        <translation>Angezeigten Stand mit jetzt vergleichen</translation>
    </message>
    <message>
        <source>Compare with the last commit</source>
        <translation>Mit dem letzten Commit vergleichen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+D</source>
        <translation>Ctrl+Shift+D</translation>
    </message>
    <message>
        <source>the last commit</source>
        <translation>der letzte Commit</translation>
    </message>
    <message>
        <source>Compare the entries that are selected in the history</source>
        <translation>Im Verlauf ausgewählte Einträge vergleichen</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>Mit einer Datei vergleichen…</translation>
    </message>
    <message>
        <source>Compare the workspace between two days…</source>
        <translation>Arbeitsbereich zwischen zwei Tagen vergleichen…</translation>
    </message>
    <message>
        <source>Next change</source>
        <translation>Nächste Änderung</translation>
    </message>
    <message>
        <source>Alt+Down</source>
        <translation>Alt+Down</translation>
    </message>
    <message>
        <source>Previous change</source>
        <translation>Vorherige Änderung</translation>
    </message>
    <message>
        <source>Alt+Up</source>
        <translation>Alt+Up</translation>
    </message>
    <message>
        <source>Show both states side by side, or one on the other</source>
        <translation>Beide Stände nebeneinander oder übereinander zeigen</translation>
    </message>
    <message>
        <source>Save the comparison as a report…</source>
        <translation>Vergleich als Bericht speichern…</translation>
    </message>
    <message>
        <source>No state of the past is shown</source>
        <translation>Es wird kein früherer Stand angezeigt</translation>
    </message>
    <message>
        <source>Now is shown already</source>
        <translation>Der jetzige Stand wird bereits angezeigt</translation>
    </message>
    <message>
        <source>Nothing has been committed yet</source>
        <translation>Es gibt noch keinen Commit</translation>
    </message>
    <message>
        <source>No comparison is shown</source>
        <translation>Es wird kein Vergleich angezeigt</translation>
    </message>
    <message>
        <source>Compare with a file</source>
        <translation>Mit einer Datei vergleichen</translation>
    </message>
    <message>
        <source>Begin with</source>
        <translation>Beginnen mit</translation>
    </message>
    <message>
        <source>Its name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Its file</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>The file in the workspace</source>
        <translation>Die Datei im Arbeitsbereich</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>Anlegen</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>Create %1</source>
        <translation>%1 anlegen</translation>
    </message>
    <message>
        <source>Not created: %1</source>
        <translation>Nicht angelegt: %1</translation>
    </message>
    <message>
        <source>Find in what is open</source>
        <translation>Im Geöffneten suchen</translation>
    </message>
    <message>
        <source>Revie&amp;w</source>
        <translation>P&amp;rüfen</translation>
    </message>
    <message>
        <source>There is nothing to find in here</source>
        <translation>Hier gibt es nichts zu suchen</translation>
    </message>
    <message>
        <source>main</source>
        <translation>main</translation>
    </message>
    <message>
        <source>the proposal “%1”</source>
        <translation>der Vorschlag „%1“</translation>
    </message>
    <message>
        <source>Compare two files…</source>
        <translation>Zwei Dateien vergleichen…</translation>
    </message>
    <message>
        <source>The earlier file</source>
        <translation>Die frühere Datei</translation>
    </message>
    <message>
        <source>The later file, to compare with %1</source>
        <translation>Die spätere Datei, die mit %1 verglichen wird</translation>
    </message>
    <message>
        <source>Approve the artifact for its next state</source>
        <translation>Artefakt für seinen nächsten Zustand freigeben</translation>
    </message>
    <message>
        <source>Request changes of the artifact…</source>
        <translation>Änderungen am Artefakt verlangen…</translation>
    </message>
    <message>
        <source>Promote the artifact to its next state</source>
        <translation>Artefakt in seinen nächsten Zustand hochstufen</translation>
    </message>
    <message>
        <source>Start a proposal…</source>
        <translation>Vorschlag beginnen…</translation>
    </message>
    <message>
        <source>It has no further state</source>
        <translation>Es hat keinen weiteren Zustand</translation>
    </message>
    <message>
        <source>The Review view says what keeps it from “%1”</source>
        <translation>Die Ansicht „Review“ sagt, was „%1“ entgegensteht</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ModelCanvas</name>
    <message>
        <source>Diagram</source>
        <translation>Diagramm</translation>
    </message>
    <message>
        <source>What differs, on the diagram</source>
        <translation>Unterschiede, im Diagramm</translation>
    </message>
    <message>
        <source>Diagram %1</source>
        <translation>Diagramm %1</translation>
    </message>
    <message>
        <source>%1 (differs)</source>
        <translation>%1 (verschieden)</translation>
    </message>
    <message>
        <source>%1: </source>
        <translation>%1: </translation>
    </message>
</context>
<context>
    <name>ameide::workbench::Navigator</name>
    <message>
        <source>Workspace</source>
        <translation>Arbeitsbereich</translation>
    </message>
    <message>
        <source>Filter artifacts</source>
        <translation>Artefakte filtern</translation>
    </message>
    <message>
        <source>Artifacts</source>
        <translation>Artefakte</translation>
    </message>
    <message>
        <source>No workspace is open. Open a folder, or the sample, to see its models here.</source>
        <translation>Kein Arbeitsbereich ist geöffnet. Öffnen Sie einen Ordner oder das Beispiel, um die Modelle hier zu sehen.</translation>
    </message>
    <message>
        <source>No artifact has “%1” in its path.</source>
        <translation>Kein Artefakt hat „%1“ in seinem Pfad.</translation>
    </message>
    <message>
        <source>This workspace holds no models yet. Put a .bpmn, .proto or .md file into the folder and it appears here.</source>
        <translation>Dieser Arbeitsbereich enthält noch keine Modelle. Legen Sie eine .bpmn-, .proto- oder .md-Datei in den Ordner, dann erscheint sie hier.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::PlayTab</name>
    <message>
        <source>Active</source>
        <translation>Aktiv</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Abgeschlossen</translation>
    </message>
    <message>
        <source>Terminated</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Stopped by an incident</source>
        <translation>Durch einen Vorfall angehalten</translation>
    </message>
    <message>
        <source>begins</source>
        <translation>beginnt</translation>
    </message>
    <message>
        <source>is done</source>
        <translation>ist erledigt</translation>
    </message>
    <message>
        <source>is ended</source>
        <translation>ist beendet</translation>
    </message>
    <message>
        <source>fails</source>
        <translation>schlägt fehl</translation>
    </message>
    <message>
        <source>The model has changed since this play began.</source>
        <translation>Das Modell hat sich geändert, seit dieses Durchspielen begann.</translation>
    </message>
    <message>
        <source>Play it anew</source>
        <translation>Neu durchspielen</translation>
    </message>
    <message>
        <source>%1 · play</source>
        <translation>%1 · Durchspielen</translation>
    </message>
    <message>
        <source>Step back</source>
        <translation>Schritt zurück</translation>
    </message>
    <message>
        <source>Take the last action back</source>
        <translation>Letzte Aktion zurücknehmen</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Move one token, or let one event happen</source>
        <translation>Ein Token bewegen oder ein Ereignis eintreten lassen</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Ausführen</translation>
    </message>
    <message>
        <source>Move everything that needs nobody and no time</source>
        <translation>Alles bewegen, was niemanden und keine Zeit braucht</translation>
    </message>
    <message>
        <source>Next timer</source>
        <translation>Nächster Timer</translation>
    </message>
    <message>
        <source>Let the clock go to the next timer</source>
        <translation>Die Uhr bis zum nächsten Timer vorstellen</translation>
    </message>
    <message>
        <source>Start over</source>
        <translation>Von vorn</translation>
    </message>
    <message>
        <source>Begin again, with the model as it is now</source>
        <translation>Mit dem jetzigen Modell von vorn beginnen</translation>
    </message>
    <message>
        <source>The process to play</source>
        <translation>Der Prozess, der durchgespielt wird</translation>
    </message>
    <message>
        <source>The time in this play</source>
        <translation>Die Zeit in diesem Durchspielen</translation>
    </message>
    <message>
        <source>Playing needs the backend, which is not running.</source>
        <translation>Das Durchspielen braucht das Backend, das gerade nicht läuft.</translation>
    </message>
    <message>
        <source>Show it on the diagram</source>
        <translation>Im Diagramm zeigen</translation>
    </message>
    <message>
        <source>Which way</source>
        <translation>Welcher Weg</translation>
    </message>
    <message>
        <source>What stopped it</source>
        <translation>Was ihn angehalten hat</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>Zu erledigen</translation>
    </message>
    <message>
        <source>Waits for</source>
        <translation>Wartet auf</translation>
    </message>
    <message>
        <source>Due %1</source>
        <translation>Fällig %1</translation>
    </message>
    <message>
        <source>Send the token this way, whatever the condition says</source>
        <translation>Das Token diesen Weg schicken, was auch immer die Bedingung sagt</translation>
    </message>
    <message>
        <source>What the task gives, as JSON</source>
        <translation>Ergebnis der Aufgabe als JSON</translation>
    </message>
    <message>
        <source>Complete</source>
        <translation>Abschließen</translation>
    </message>
    <message>
        <source>Fail</source>
        <translation>Fehlschlagen</translation>
    </message>
    <message>
        <source>Let it fail: an incident</source>
        <translation>Fehlschlagen lassen: ein Vorfall</translation>
    </message>
    <message>
        <source>failed by hand</source>
        <translation>von Hand fehlgeschlagen</translation>
    </message>
    <message>
        <source>Error code</source>
        <translation>Fehlercode</translation>
    </message>
    <message>
        <source>Throw</source>
        <translation>Auslösen</translation>
    </message>
    <message>
        <source>End it with this BPMN error</source>
        <translation>Mit diesem BPMN-Fehler beenden</translation>
    </message>
    <message>
        <source>Signal %1</source>
        <translation>Signal %1</translation>
    </message>
    <message>
        <source>Message %1</source>
        <translation>Nachricht %1</translation>
    </message>
    <message>
        <source>What it brings, as JSON</source>
        <translation>Mitgebrachte Daten als JSON</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Variables</source>
        <translation>Variablen</translation>
    </message>
    <message>
        <source>Variables of %1</source>
        <translation>Variablen von %1</translation>
    </message>
    <message>
        <source>What happened, newest first</source>
        <translation>Was geschah, Neuestes zuerst</translation>
    </message>
    <message>
        <source>Start with…</source>
        <translation>Starten mit…</translation>
    </message>
    <message>
        <source>Choose the variables that it begins with</source>
        <translation>Variablen wählen, mit denen es beginnt</translation>
    </message>
    <message>
        <source>Begins with</source>
        <translation>Beginnt mit</translation>
    </message>
    <message>
        <source>Start over with these</source>
        <translation>Mit diesen neu beginnen</translation>
    </message>
    <message>
        <source>None.</source>
        <translation>Keine.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ProblemsModel</name>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Mend %1 problems</source>
        <translation>%1 Probleme beheben</translation>
    </message>
    <message>
        <source>Embedded engine</source>
        <translation>Eingebettete Engine</translation>
    </message>
    <message>
        <source>The standard&apos;s rules, and what the engine of this program runs</source>
        <translation>Die Regeln des Standards und was die Engine dieses Programms ausführt</translation>
    </message>
    <message>
        <source>Temporal</source>
        <translation>Temporal</translation>
    </message>
    <message>
        <source>The same engine runs inside Temporal&apos;s workflows, so the same rules hold</source>
        <translation>Dieselbe Engine läuft in Workflows von Temporal, also gelten dieselben Regeln</translation>
    </message>
    <message>
        <source>Camunda 8</source>
        <translation>Camunda 8</translation>
    </message>
    <message>
        <source>The standard&apos;s rules, and what Camunda 8 runs</source>
        <translation>Die Regeln des Standards und was Camunda 8 ausführt</translation>
    </message>
    <message>
        <source>Documentation only</source>
        <translation>Nur Dokumentation</translation>
    </message>
    <message>
        <source>The standard&apos;s rules; nothing is said of what could run</source>
        <translation>Die Regeln des Standards; über Ausführbarkeit wird nichts gesagt</translation>
    </message>
    <message>
        <source>%1
%2
Can be mended: %3</source>
        <translation>%1
%2
Kann behoben werden: %3</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Element</source>
        <translation>Element</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ProblemsPanel</name>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>Warnungen</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Hinweise</translation>
    </message>
    <message>
        <source>Show or hide: %1</source>
        <translation>Ein- oder ausblenden: %1</translation>
    </message>
    <message>
        <source>Whose problems are shown</source>
        <translation>Wessen Probleme angezeigt werden</translation>
    </message>
    <message>
        <source>Whole workspace</source>
        <translation>Ganzer Arbeitsbereich</translation>
    </message>
    <message>
        <source>This artifact</source>
        <translation>Dieses Artefakt</translation>
    </message>
    <message>
        <source>Filter by words, rule or element</source>
        <translation>Nach Wörtern, Regel oder Element filtern</translation>
    </message>
    <message>
        <source>Mend</source>
        <translation>Beheben</translation>
    </message>
    <message>
        <source>Mend all</source>
        <translation>Alle beheben</translation>
    </message>
    <message>
        <source>Checked for</source>
        <translation>Geprüft für</translation>
    </message>
    <message>
        <source>What models are checked for</source>
        <translation>Wofür Modelle geprüft werden</translation>
    </message>
    <message>
        <source>No problems. Models are checked while you edit them.</source>
        <translation>Keine Probleme. Modelle werden geprüft, während Sie sie bearbeiten.</translation>
    </message>
    <message>
        <source>No problem fits these filters.</source>
        <translation>Kein Problem passt zu diesen Filtern.</translation>
    </message>
    <message>
        <source>This problem needs a decision; it cannot be mended here</source>
        <translation>Dieses Problem braucht eine Entscheidung; es kann hier nicht behoben werden</translation>
    </message>
    <message>
        <source>Select a problem</source>
        <translation>Wählen Sie ein Problem</translation>
    </message>
    <message>
        <source>Mends %1 of the problems that are shown</source>
        <translation>Behebt %1 der angezeigten Probleme</translation>
    </message>
    <message>
        <source>None of the problems that are shown can be mended here</source>
        <translation>Keines der angezeigten Probleme kann hier behoben werden</translation>
    </message>
    <message>
        <source>Not mended: %1</source>
        <translation>Nicht behoben: %1</translation>
    </message>
    <message>
        <source>Nothing was left to mend in %1</source>
        <translation>In %1 war nichts mehr zu beheben</translation>
    </message>
    <message>
        <source>Mended 1 problem</source>
        <translation>1 Problem behoben</translation>
    </message>
    <message>
        <source>Mended %1 problems</source>
        <translation>%1 Probleme behoben</translation>
    </message>
    <message>
        <source>Show only “%1”</source>
        <translation>Nur „%1“ anzeigen</translation>
    </message>
    <message>
        <source>Show only this artifact</source>
        <translation>Nur dieses Artefakt anzeigen</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::PublishHistory</name>
    <message>
        <source>Earlier publications</source>
        <translation>Frühere Veröffentlichungen</translation>
    </message>
    <message>
        <source>What went</source>
        <translation>Was veröffentlicht wurde</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Nothing has been published from this workspace yet. What you publish is listed here, and you can go back to it.</source>
        <translation>Aus diesem Arbeitsbereich wurde noch nichts veröffentlicht. Was Sie veröffentlichen, wird hier aufgeführt, und Sie können dorthin zurückkehren.</translation>
    </message>
    <message>
        <source>Roll back to this</source>
        <translation>Hierauf zurücksetzen</translation>
    </message>
    <message>
        <source>%1 (version %2)</source>
        <translation>%1 (Version %2)</translation>
    </message>
    <message>
        <source>%1
To %2, bundle %3</source>
        <translation>%1
Nach %2, Paket %3</translation>
    </message>
    <message>
        <source>%1, the newest</source>
        <translation>%1, die neueste</translation>
    </message>
    <message>
        <source>Makes what went then the newest version again; what runs already stays as it is</source>
        <translation>Macht das damals Veröffentlichte wieder zur neuesten Version; was bereits läuft, bleibt, wie es ist</translation>
    </message>
    <message>
        <source>This is the newest already</source>
        <translation>Dies ist bereits die neueste</translation>
    </message>
    <message>
        <source>Select a publication</source>
        <translation>Wählen Sie eine Veröffentlichung</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::PublishPanel</name>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Check the rules</source>
        <translation>Regeln prüfen</translation>
    </message>
    <message>
        <source>Compile</source>
        <translation>Kompilieren</translation>
    </message>
    <message>
        <source>Bundle and sign</source>
        <translation>Paketieren und signieren</translation>
    </message>
    <message>
        <source>Deploy</source>
        <translation>Bereitstellen</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Überprüfen</translation>
    </message>
    <message>
        <source>not published yet</source>
        <translation>noch nicht veröffentlicht</translation>
    </message>
    <message>
        <source>changed since the last time</source>
        <translation>seit dem letzten Mal geändert</translation>
    </message>
    <message>
        <source>changed since version %1</source>
        <translation>seit Version %1 geändert</translation>
    </message>
    <message>
        <source>unchanged</source>
        <translation>unverändert</translation>
    </message>
    <message>
        <source>unchanged, version %1</source>
        <translation>unverändert, Version %1</translation>
    </message>
    <message>
        <source>needed by others, %1</source>
        <translation>von anderen benötigt, %1</translation>
    </message>
    <message>
        <source>What will go</source>
        <translation>Was veröffentlicht wird</translation>
    </message>
    <message>
        <source>Publish</source>
        <translation>Veröffentlichen</translation>
    </message>
    <message>
        <source>Start an instance</source>
        <translation>Instanz starten</translation>
    </message>
    <message>
        <source>Gates</source>
        <translation>Voraussetzungen</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Earlier publications</source>
        <translation>Frühere Veröffentlichungen</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Was gefunden wurde</translation>
    </message>
    <message>
        <source>Published %1</source>
        <translation>%1 veröffentlicht</translation>
    </message>
    <message>
        <source>%1: passed</source>
        <translation>%1: erfüllt</translation>
    </message>
    <message>
        <source>%1: not passed</source>
        <translation>%1: nicht erfüllt</translation>
    </message>
    <message>
        <source>References lead somewhere</source>
        <translation>Verweise führen zu einem Ziel</translation>
    </message>
    <message>
        <source>No errors</source>
        <translation>Keine Fehler</translation>
    </message>
    <message>
        <source>1 error</source>
        <translation>1 Fehler</translation>
    </message>
    <message>
        <source>%1 errors</source>
        <translation>%1 Fehler</translation>
    </message>
    <message>
        <source>Go to the first one</source>
        <translation>Zum ersten</translation>
    </message>
    <message>
        <source>No conflicts, approved as agreed</source>
        <translation>Keine Konflikte, freigegeben wie vereinbart</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>und %1 weitere</translation>
    </message>
    <message>
        <source>Backend running</source>
        <translation>Backend läuft</translation>
    </message>
    <message>
        <source>The backend is not running</source>
        <translation>Das Backend läuft nicht</translation>
    </message>
    <message>
        <source>A publish is under way</source>
        <translation>Eine Veröffentlichung läuft gerade</translation>
    </message>
    <message>
        <source>Everything above is checked, compiled, signed and deployed to the embedded backend in one step.</source>
        <translation>Alles oben Genannte wird in einem Schritt geprüft, kompiliert, signiert und auf dem eingebetteten Backend bereitgestellt.</translation>
    </message>
    <message>
        <source>Publishing…</source>
        <translation>Wird veröffentlicht…</translation>
    </message>
    <message>
        <source>Rolling back…</source>
        <translation>Wird zurückgesetzt…</translation>
    </message>
    <message>
        <source>Not published: what is listed here has to be settled first.</source>
        <translation>Nicht veröffentlicht: Was hier aufgeführt ist, muss zuerst geklärt werden.</translation>
    </message>
    <message>
        <source>Not published: %1</source>
        <translation>Nicht veröffentlicht: %1</translation>
    </message>
    <message>
        <source>Not published: what is listed here cannot run. Pick a line to go to the element.</source>
        <translation>Nicht veröffentlicht: Was hier aufgeführt ist, kann nicht ausgeführt werden. Wählen Sie eine Zeile, um zum Element zu gehen.</translation>
    </message>
    <message>
        <source>%1 (version %2)</source>
        <translation>%1 (Version %2)</translation>
    </message>
    <message>
        <source>Nothing has changed since the last time; this is running: %1.</source>
        <translation>Seit dem letzten Mal hat sich nichts geändert; es läuft: %1.</translation>
    </message>
    <message>
        <source>Published and running: %1.</source>
        <translation>Veröffentlicht und in Betrieb: %1.</translation>
    </message>
    <message>
        <source>Bundle %1</source>
        <translation>Paket %1</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ReplaceView</name>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>documentation</source>
        <translation>Dokumentation</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Replace with</source>
        <translation>Ersetzen durch</translation>
    </message>
    <message>
        <source>Match upper and lower case</source>
        <translation>Groß- und Kleinschreibung beachten</translation>
    </message>
    <message>
        <source>Whole words only</source>
        <translation>Nur ganze Wörter</translation>
    </message>
    <message>
        <source>Regular expression; \1 is its first group</source>
        <translation>Regulärer Ausdruck; \1 ist seine erste Gruppe</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Namen</translation>
    </message>
    <message>
        <source>Documentation</source>
        <translation>Dokumentation</translation>
    </message>
    <message>
        <source>Text files</source>
        <translation>Textdateien</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Expressions, scripts and properties; never ids and references</source>
        <translation>Ausdrücke, Skripte und Eigenschaften; nie Kennungen und Verweise</translation>
    </message>
    <message>
        <source>What would change</source>
        <translation>Was sich ändern würde</translation>
    </message>
    <message>
        <source>Finds words in all artifacts, open or not, and shows what would change before anything does.</source>
        <translation>Findet Wörter in allen Artefakten, ob geöffnet oder nicht, und zeigt zuerst, was sich ändern würde.</translation>
    </message>
    <message>
        <source>Nothing holds “%1”.</source>
        <translation>Nichts enthält „%1“.</translation>
    </message>
    <message>
        <source>%1, line %2</source>
        <translation>%1, Zeile %2</translation>
    </message>
    <message>
        <source>Replace %1</source>
        <translation>%1 ersetzen</translation>
    </message>
    <message>
        <source>Changes what is ticked, as one change</source>
        <translation>Ändert das Angehakte als eine Änderung</translation>
    </message>
    <message>
        <source>The workspace is read-only</source>
        <translation>Der Arbeitsbereich ist schreibgeschützt</translation>
    </message>
    <message>
        <source>Nothing is ticked</source>
        <translation>Nichts ist angehakt</translation>
    </message>
    <message>
        <source>Replace “%1” by “%2”</source>
        <translation>„%1“ durch „%2“ ersetzen</translation>
    </message>
    <message>
        <source>Nothing was replaced: %1</source>
        <translation>Nichts wurde ersetzt: %1</translation>
    </message>
    <message>
        <source>Replaced 1 value; Undo takes it back</source>
        <translation>1 Wert ersetzt; „Rückgängig“ nimmt es zurück</translation>
    </message>
    <message>
        <source>Replaced %1 values; Undo takes them back</source>
        <translation>%1 Werte ersetzt; „Rückgängig“ nimmt sie zurück</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ReviewActions</name>
    <message>
        <source>Approve</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Request changes</source>
        <translation>Änderung nötig</translation>
    </message>
    <message>
        <source>Promote</source>
        <translation>Hochstufen</translation>
    </message>
    <message>
        <source>Start a proposal…</source>
        <translation>Vorschlag beginnen…</translation>
    </message>
    <message>
        <source>No artifact is open</source>
        <translation>Kein Artefakt ist geöffnet</translation>
    </message>
    <message>
        <source>There is no state behind “%1”</source>
        <translation>Hinter „%1“ kommt kein Zustand</translation>
    </message>
    <message>
        <source>Say, signed with the key of this device, that it may become “%1” as it is</source>
        <translation>Mit dem Schlüssel dieses Geräts unterschrieben sagen, dass es so, wie es ist, „%1“ werden darf</translation>
    </message>
    <message>
        <source>Say what has to change before it may go on</source>
        <translation>Sagen, was sich ändern muss, bevor es weitergehen darf</translation>
    </message>
    <message>
        <source>a conflict is not decided: %1</source>
        <translation>ein Konflikt ist nicht entschieden: %1</translation>
    </message>
    <message>
        <source>Not yet “%1”: %2.</source>
        <translation>Noch nicht „%1“: %2.</translation>
    </message>
    <message>
        <source>Not yet “%1”: %2. And %3 more, listed below.</source>
        <translation>Noch nicht „%1“: %2. Und %3 weitere, unten aufgeführt.</translation>
    </message>
    <message>
        <source>Bring it from “%1” to “%2”</source>
        <translation>Von „%1“ nach „%2“ bringen</translation>
    </message>
    <message>
        <source>Promote to “%1”</source>
        <translation>Hochstufen zu „%1“</translation>
    </message>
    <message>
        <source>Work on a proposal beside main, which others can look at and take in</source>
        <translation>An einem Vorschlag neben dem Hauptzweig arbeiten, den andere ansehen und übernehmen können</translation>
    </message>
    <message>
        <source>What has to change?</source>
        <translation>Was muss sich ändern?</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Verlangen</translation>
    </message>
    <message>
        <source>What is the proposal for?</source>
        <translation>Wozu ist der Vorschlag?</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Beginnen</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::ReviewView</name>
    <message>
        <source>Review</source>
        <translation>Review</translation>
    </message>
    <message>
        <source>this artifact</source>
        <translation>dieses Artefakt</translation>
    </message>
    <message>
        <source>Comment on %1</source>
        <translation>%1 kommentieren</translation>
    </message>
    <message>
        <source>%1 (resolved)</source>
        <translation>%1 (erledigt)</translation>
    </message>
    <message>
        <source>%1 — %2, %3</source>
        <translation>%1 – %2, %3</translation>
    </message>
    <message>
        <source>Stands for now: %1</source>
        <translation>Gilt vorerst: %1</translation>
    </message>
    <message>
        <source>State: %1</source>
        <translation>Status: %1</translation>
    </message>
    <message>
        <source>State: %1. Nothing keeps it from “%2”.</source>
        <translation>Status: %1. Nichts steht „%2“ entgegen.</translation>
    </message>
    <message>
        <source>Conflicts</source>
        <translation>Konflikte</translation>
    </message>
    <message>
        <source>What keeps it from “%1”</source>
        <translation>Was „%1“ entgegensteht</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Comments</source>
        <translation>Kommentare</translation>
    </message>
    <message>
        <source>The review cannot be read: %1</source>
        <translation>Das Review kann nicht gelesen werden: %1</translation>
    </message>
    <message>
        <source>Nobody has said anything about this artifact yet, and nothing has to be decided. Select an element and comment on it, or ask others for a review.</source>
        <translation>Zu diesem Artefakt hat noch niemand etwas gesagt, und nichts ist zu entscheiden. Wählen Sie ein Element und kommentieren Sie es, oder bitten Sie andere um ein Review.</translation>
    </message>
    <message>
        <source>Conflict: %1</source>
        <translation>Konflikt: %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Keep “%1”</source>
        <translation>„%1“ behalten</translation>
    </message>
    <message>
        <source>By %1</source>
        <translation>Von %1</translation>
    </message>
    <message>
        <source>Or write another value</source>
        <translation>Oder schreiben Sie einen anderen Wert</translation>
    </message>
    <message>
        <source>What do you say?</source>
        <translation>Was sagen Sie dazu?</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Ask for changes</source>
        <translation>Änderung nötig</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Kommentieren</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>Wieder öffnen</translation>
    </message>
    <message>
        <source>Resolve</source>
        <translation>Erledigen</translation>
    </message>
    <message>
        <source>Ask for a review</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Please review %1</source>
        <translation>Bitte prüfen Sie %1</translation>
    </message>
    <message>
        <source>This was not recorded: %1</source>
        <translation>Dies wurde nicht aufgezeichnet: %1</translation>
    </message>
    <message>
        <source>%1 (you are on it)</source>
        <translation>%1 (Sie arbeiten daran)</translation>
    </message>
    <message>
        <source>The workspace is read-only</source>
        <translation>Der Arbeitsbereich ist schreibgeschützt</translation>
    </message>
    <message>
        <source>Approvals</source>
        <translation>Freigaben</translation>
    </message>
    <message>
        <source>Proposals</source>
        <translation>Vorschläge</translation>
    </message>
    <message>
        <source>Open an artifact to see what people say about it, and what has to be decided. Proposals of the workspace are listed here, too.</source>
        <translation>Öffnen Sie ein Artefakt, um zu sehen, was andere dazu sagen und was zu entscheiden ist. Auch die Vorschläge des Arbeitsbereichs stehen hier.</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>See what it changes, beside main</source>
        <translation>Sehen, was er gegenüber dem Hauptzweig ändert</translation>
    </message>
    <message>
        <source>Back to main</source>
        <translation>Zurück zum Hauptzweig</translation>
    </message>
    <message>
        <source>Work on main again; the proposal stays</source>
        <translation>Wieder am Hauptzweig arbeiten; der Vorschlag bleibt</translation>
    </message>
    <message>
        <source>Work on it</source>
        <translation>Daran arbeiten</translation>
    </message>
    <message>
        <source>Switch the workspace to it</source>
        <translation>Den Arbeitsbereich darauf umstellen</translation>
    </message>
    <message>
        <source>Take in</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Bring all that it holds into main, and close it</source>
        <translation>Alles, was er enthält, in den Hauptzweig bringen und ihn schließen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Nothing more is expected from it; what it holds is kept</source>
        <translation>Es wird nichts mehr von ihm erwartet; was er enthält, bleibt erhalten</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::RunTab</name>
    <message>
        <source>%1 · run %2</source>
        <translation>%1 · Lauf %2</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Cancel instance</source>
        <translation>Instanz abbrechen</translation>
    </message>
    <message>
        <source>The diagram of this process is not in the open workspace.</source>
        <translation>Das Diagramm dieses Prozesses ist nicht im geöffneten Arbeitsbereich.</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>Zu erledigen</translation>
    </message>
    <message>
        <source>What stopped it</source>
        <translation>Was ihn angehalten hat</translation>
    </message>
    <message>
        <source>Variables</source>
        <translation>Variablen</translation>
    </message>
    <message>
        <source>In its domain</source>
        <translation>In seiner Domäne</translation>
    </message>
    <message>
        <source>Was set %1</source>
        <translation>Wurde gesetzt: %1</translation>
    </message>
    <message>
        <source>Durations</source>
        <translation>Dauern</translation>
    </message>
    <message>
        <source>Colour the elements by how long they take</source>
        <translation>Elemente nach ihrer Dauer einfärben</translation>
    </message>
    <message>
        <source>Whose durations</source>
        <translation>Wessen Dauern</translation>
    </message>
    <message>
        <source>of the last %1 runs</source>
        <translation>der letzten %1 Läufe</translation>
    </message>
    <message>
        <source>of this run</source>
        <translation>dieses Laufs</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Zeitachse</translation>
    </message>
    <message>
        <source>When each element was active</source>
        <translation>Wann jedes Element aktiv war</translation>
    </message>
    <message>
        <source>Enter changes a value; the arrow shows what it was before</source>
        <translation>Die Eingabetaste ändert einen Wert; der Pfeil zeigt, was er vorher war</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen…</translation>
    </message>
    <message>
        <source>%1
Median %2, 95 % within %3, of that waiting %4
%5</source>
        <translation>%1
Median %2, 95 % innerhalb von %3, davon wartend %4
%5</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Einmal</translation>
    </message>
    <message>
        <source>%1 times</source>
        <translation>%1-mal</translation>
    </message>
    <message>
        <source>%1
p95 %2</source>
        <translation>%1
p95 %2</translation>
    </message>
    <message>
        <source>No element has ended yet, so there is nothing to tell.</source>
        <translation>Noch ist kein Element beendet, daher gibt es nichts zu berichten.</translation>
    </message>
    <message>
        <source>median and 95th percentile of one run</source>
        <translation>Median und 95. Perzentil eines Laufs</translation>
    </message>
    <message>
        <source>medians and 95th percentiles of %1 runs</source>
        <translation>Mediane und 95. Perzentile von %1 Läufen</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::RunsView</name>
    <message>
        <source>Active</source>
        <translation>Aktiv</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Abgeschlossen</translation>
    </message>
    <message>
        <source>Terminated</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>Braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Suspended</source>
        <translation>Ausgesetzt</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>Unbekannt</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>Aktualisieren</translation>
    </message>
    <message>
        <source>Start an instance</source>
        <translation>Instanz starten</translation>
    </message>
    <message>
        <source>Processes and instances</source>
        <translation>Prozesse und Instanzen</translation>
    </message>
    <message>
        <source>Variables, as JSON</source>
        <translation>Variablen als JSON</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Start %1</source>
        <translation>%1 starten</translation>
    </message>
    <message>
        <source>Write one object, like {&quot;amount&quot;: 120}.</source>
        <translation>Schreiben Sie ein Objekt, etwa {&quot;amount&quot;: 120}.</translation>
    </message>
    <message>
        <source>This is not JSON: %1 at character %2.</source>
        <translation>Das ist kein JSON: %1 bei Zeichen %2.</translation>
    </message>
    <message>
        <source>version %1</source>
        <translation>Version %1</translation>
    </message>
    <message>
        <source>%1, from %2, published %3</source>
        <translation>%1, aus %2, veröffentlicht %3</translation>
    </message>
    <message>
        <source>Publish a process first</source>
        <translation>Veröffentlichen Sie zuerst einen Prozess</translation>
    </message>
    <message>
        <source>Nothing is published yet. Publish a process, then start it here and watch where it is.</source>
        <translation>Noch ist nichts veröffentlicht. Veröffentlichen Sie einen Prozess, starten Sie ihn hier und sehen Sie, wo er steht.</translation>
    </message>
    <message>
        <source>Processes run on the backend, which is not running. The status bar says more.</source>
        <translation>Prozesse laufen auf dem Backend, das gerade nicht läuft. Die Statusleiste sagt mehr.</translation>
    </message>
    <message>
        <source>Find by id, process, version</source>
        <translation>Nach Kennung, Prozess, Version suchen</translation>
    </message>
    <message>
        <source>Find instances</source>
        <translation>Instanzen suchen</translation>
    </message>
    <message>
        <source>Part of an id or of a process, “v2” for a version; a whole id is found however old it is</source>
        <translation>Teil einer Kennung oder eines Prozesses, „v2“ für eine Version; eine vollständige Kennung wird gefunden, wie alt sie auch ist</translation>
    </message>
    <message>
        <source>State of the instances</source>
        <translation>Zustand der Instanzen</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <source>Version %1, %2</source>
        <translation>Version %1, %2</translation>
    </message>
    <message>
        <source>1 instance</source>
        <translation>1 Instanz</translation>
    </message>
    <message>
        <source>%1 instances</source>
        <translation>%1 Instanzen</translation>
    </message>
    <message>
        <source>Published %1 by %2. Shows its instances.</source>
        <translation>Veröffentlicht %1 von %2. Zeigt die Instanzen.</translation>
    </message>
    <message>
        <source>%1 · v%2</source>
        <translation>%1 · v%2</translation>
    </message>
    <message>
        <source>Instance %1, version %2, started %3</source>
        <translation>Instanz %1, Version %2, gestartet %3</translation>
    </message>
    <message>
        <source>%1, started %2</source>
        <translation>%1, gestartet %2</translation>
    </message>
    <message>
        <source>No instance fits. Look for less, or choose another state; of the newest 500 instances all are looked at, of older ones only a whole id is found.</source>
        <translation>Keine Instanz passt. Suchen Sie nach weniger, oder wählen Sie einen anderen Zustand; die neuesten 500 Instanzen werden alle durchsucht, von älteren wird nur eine vollständige Kennung gefunden.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::SearchView</name>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Search names and text</source>
        <translation>Namen und Texte durchsuchen</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Finds words in the names and texts of all artifacts, whether they are open or not.</source>
        <translation>Findet Wörter in Namen und Texten aller Artefakte, ob geöffnet oder nicht.</translation>
    </message>
    <message>
        <source>Nothing holds “%1”.</source>
        <translation>Nichts enthält „%1“.</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::SettingsTab</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Erscheinungsbild</translation>
    </message>
    <message>
        <source>Holds for you on this machine, in all workspaces. Pictures that you export are dark on white whatever you choose.</source>
        <translation>Gilt für Sie auf diesem Rechner, in allen Arbeitsbereichen. Exportierte Bilder sind immer dunkel auf weiß.</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>What models are checked for</source>
        <translation>Wofür Modelle geprüft werden</translation>
    </message>
    <message>
        <source>Where the processes of this workspace are to run. Holds for this workspace on this machine.</source>
        <translation>Wo die Prozesse dieses Arbeitsbereichs laufen sollen. Gilt für diesen Arbeitsbereich auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Who you are</source>
        <translation>Wer Sie sind</translation>
    </message>
    <message>
        <source>The name and address that your changes and commits carry. Kept in the git configuration of this workspace.</source>
        <translation>Name und Adresse, die Ihre Änderungen und Commits tragen. Steht in der Git-Konfiguration dieses Arbeitsbereichs.</translation>
    </message>
    <message>
        <source>Your name</source>
        <translation>Ihr Name</translation>
    </message>
    <message>
        <source>Your e-mail address</source>
        <translation>Ihre E-Mail-Adresse</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Where things are</source>
        <translation>Wo was liegt</translation>
    </message>
    <message>
        <source>Every edit is kept in the workspace at once; what belongs to you alone is in your profile. Nothing is sent anywhere unless you push or publish.</source>
        <translation>Jede Bearbeitung wird sofort im Arbeitsbereich gesichert; was nur Ihnen gehört, liegt in Ihrem Profil. Nichts wird gesendet, solange Sie nicht „Push“ oder „Veröffentlichen“ wählen.</translation>
    </message>
    <message>
        <source>A name and an e-mail address with an @ are needed.</source>
        <translation>Ein Name und eine E-Mail-Adresse mit @ werden benötigt.</translation>
    </message>
    <message>
        <source>Saved. Changes from now on carry it.</source>
        <translation>Gespeichert. Änderungen ab jetzt tragen diese Angaben.</translation>
    </message>
    <message>
        <source>The workspace is read-only</source>
        <translation>Der Arbeitsbereich ist schreibgeschützt</translation>
    </message>
    <message>
        <source>No workspace is open</source>
        <translation>Kein Arbeitsbereich ist geöffnet</translation>
    </message>
    <message>
        <source>Workspace: %1</source>
        <translation>Arbeitsbereich: %1</translation>
    </message>
    <message>
        <source>No workspace is open.</source>
        <translation>Kein Arbeitsbereich ist geöffnet.</translation>
    </message>
    <message>
        <source>Profile: %1</source>
        <translation>Profil: %1</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Of menus, messages, dates and numbers. Holds for you on this machine, from the next start of the program on. Your models and their history are not translated.</source>
        <translation>Für Menüs, Meldungen, Datum und Zahlen. Gilt für Sie auf diesem Rechner, ab dem nächsten Start des Programms. Ihre Modelle und deren Verlauf werden nicht übersetzt.</translation>
    </message>
    <message>
        <source>From the next start on: %1</source>
        <translation>Ab dem nächsten Start: %1</translation>
    </message>
    <message>
        <source>Let tokens travel over the diagram when a process is played</source>
        <translation>Token über das Diagramm wandern lassen, wenn ein Prozess durchgespielt wird</translation>
    </message>
    <message>
        <source>Where the system asks for less motion, nothing moves whatever is chosen here</source>
        <translation>Wo das System weniger Bewegung verlangt, bewegt sich nichts, was hier auch gewählt ist</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::TaskForm</name>
    <message>
        <source>For %1</source>
        <translation>Für %1</translation>
    </message>
    <message>
        <source>Complete</source>
        <translation>Abschließen</translation>
    </message>
    <message>
        <source>Its form “%1” is not in the open workspace.</source>
        <translation>Das Formular „%1“ ist nicht im geöffneten Arbeitsbereich.</translation>
    </message>
    <message>
        <source>One field is not right yet.</source>
        <translation>Ein Feld stimmt noch nicht.</translation>
    </message>
    <message>
        <source>%1 fields are not right yet.</source>
        <translation>%1 Felder stimmen noch nicht.</translation>
    </message>
    <message>
        <source>Its form “%1” cannot be shown: %2</source>
        <translation>Das Formular „%1“ kann nicht angezeigt werden: %2</translation>
    </message>
    <message>
        <source>What it gives</source>
        <translation>Was sie ergibt</translation>
    </message>
    <message>
        <source>What the task gives</source>
        <translation>Was die Aufgabe ergibt</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::TextTab</name>
    <message>
        <source>%1 (text)</source>
        <translation>%1 (Text)</translation>
    </message>
    <message>
        <source>This file has characters or an encoding that the text view cannot keep exactly, so it is shown read-only.</source>
        <translation>Diese Datei enthält Zeichen oder eine Kodierung, die die Textansicht nicht genau erhalten kann; sie wird daher schreibgeschützt angezeigt.</translation>
    </message>
    <message>
        <source>Edit %1</source>
        <translation>%1 bearbeiten</translation>
    </message>
    <message>
        <source>Not recorded yet: %1</source>
        <translation>Noch nicht aufgezeichnet: %1</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeitung</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::TimeBar</name>
    <message>
        <source>Moment of the history</source>
        <translation>Zeitpunkt im Verlauf</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Replay how it grew</source>
        <translation>Entstehung abspielen</translation>
    </message>
    <message>
        <source>The history cannot be read</source>
        <translation>Der Verlauf kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>%1, by %2</source>
        <translation>%1, von %2</translation>
    </message>
    <message>
        <source>Change %1 of %2</source>
        <translation>Änderung %1 von %2</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::TraceTimeline</name>
    <message>
        <source>stopped by an incident</source>
        <translation>durch einen Vorfall angehalten</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>ended from outside</source>
        <translation>von außen beendet</translation>
    </message>
    <message>
        <source>completed</source>
        <translation>abgeschlossen</translation>
    </message>
    <message>
        <source>Timeline of this run</source>
        <translation>Zeitachse dieses Laufs</translation>
    </message>
    <message>
        <source>Element</source>
        <translation>Element</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Zeitachse</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>Begann</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Dauerte</translation>
    </message>
    <message>
        <source>Of that waiting</source>
        <translation>Davon wartend</translation>
    </message>
    <message>
        <source>The whole run</source>
        <translation>Der ganze Lauf</translation>
    </message>
    <message>
        <source>%1, %2; began %3</source>
        <translation>%1, %2; begann %3</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::VariableTable</name>
    <message>
        <source>Add…</source>
        <translation>Hinzufügen…</translation>
    </message>
    <message>
        <source>Variables</source>
        <translation>Variablen</translation>
    </message>
    <message>
        <source>Variable</source>
        <translation>Variable</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>The name of another variable</source>
        <translation>Der Name einer weiteren Variablen</translation>
    </message>
    <message>
        <source>Another variable</source>
        <translation>Weitere Variable</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::Welcome</name>
    <message>
        <source>Pick an artifact on the left, or press Ctrl+K to search for one.</source>
        <translation>Wählen Sie links ein Artefakt oder drücken Sie Strg+K, um eines zu suchen.</translation>
    </message>
    <message>
        <source>Ameide Workbench</source>
        <translation>Ameide Workbench</translation>
    </message>
    <message>
        <source>Draw processes, keep their history, and run them.</source>
        <translation>Prozesse zeichnen, ihren Verlauf bewahren und sie ausführen.</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>Ordner öffnen…</translation>
    </message>
    <message>
        <source>Open the sample</source>
        <translation>Beispiel öffnen</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt geöffnet</translation>
    </message>
</context>
<context>
    <name>ameide::workbench::WorkspaceService</name>
    <message>
        <source>Commit</source>
        <translation>Commit</translation>
    </message>
    <message>
        <source>Nothing has changed since the last commit.</source>
        <translation>Seit dem letzten Commit hat sich nichts geändert.</translation>
    </message>
    <message>
        <source>Committed 1 file.</source>
        <translation>1 Datei committet.</translation>
    </message>
    <message>
        <source>Committed %1 files.</source>
        <translation>%1 Dateien committet.</translation>
    </message>
    <message>
        <source>Push</source>
        <translation>Push</translation>
    </message>
    <message>
        <source>Pushed to %1.</source>
        <translation>Nach %1 übertragen (Push).</translation>
    </message>
    <message>
        <source>Pull</source>
        <translation>Pull</translation>
    </message>
    <message>
        <source>Already up to date.</source>
        <translation>Bereits auf dem neuesten Stand.</translation>
    </message>
    <message>
        <source>Pulled 1 change.</source>
        <translation>1 Änderung geholt (Pull).</translation>
    </message>
    <message>
        <source>Pulled %1 changes.</source>
        <translation>%1 Änderungen geholt (Pull).</translation>
    </message>
    <message>
        <source>Propose</source>
        <translation>Vorschlagen</translation>
    </message>
    <message>
        <source>You are working on the proposal “%1” now.</source>
        <translation>Sie arbeiten jetzt am Vorschlag „%1“.</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>Wechseln</translation>
    </message>
    <message>
        <source>You are on %1 now.</source>
        <translation>Sie arbeiten jetzt an: %1.</translation>
    </message>
    <message>
        <source>Take in</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Main holds %1 now; commit to keep it.</source>
        <translation>Der Hauptzweig enthält jetzt %1; committen Sie, um es zu behalten.</translation>
    </message>
</context>
</TS>
